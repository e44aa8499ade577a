"""Puts what was typed back into the forms of a page: any page, without the view's help.

Works on the page's text, so that it holds for every field however it was drawn. Passwords and files are never filled
in. Hidden fields are: they carry the version a person saw, and the service refuses what is older than what is stored.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

from django.utils.html import escape

Pairs = Sequence[tuple[str, str]]
_BUTTONS = frozenset({"submit", "button", "image", "reset"})
_LEFT_ALONE = frozenset({"password", "file"}) | _BUTTONS
_NEVER = "csrfmiddlewaretoken"


@dataclass
class Control:
    """One field: its tag in the page's text from start to end, and where what it holds ends."""

    tag: str
    attrs: list[tuple[str, str | None]]
    start: int
    end: int
    content_end: int = 0
    options: list["Control"] = field(default_factory=list)

    @property
    def name(self) -> str:
        """Its name."""
        return dict(self.attrs).get("name") or ""

    @property
    def kind(self) -> str:
        """The type of an input, else the tag."""
        return (dict(self.attrs).get("type") or "text").lower() if self.tag == "input" else self.tag

    @property
    def value(self) -> str:
        """The value it stands for."""
        missing = "on" if self.kind in {"checkbox", "radio"} else ""
        return dict(self.attrs).get("value", missing) or ""


@dataclass
class Form:
    """One form that is sent by POST, and its fields."""

    path: str
    ident: str
    page: str = ""
    controls: list[Control] = field(default_factory=list)

    @property
    def paths(self) -> frozenset[str]:
        """Where it is sent: its own address, and those of buttons that send it elsewhere."""
        elsewhere = [dict(c.attrs).get("formaction") for c in self.controls if c.kind in {"submit", "button", "image"}]
        own = {self.path} if self.path else set()
        return frozenset(own | {_path_of(address, self.page) for address in elsewhere if address and self.path})

    def matches(self, names: set[str]) -> int:
        """Count the names that this form has."""
        return len(names & {control.name for control in self.controls})


@dataclass(frozen=True)
class Filled:
    """A page with a form filled in; what has no field on it any more is left over."""

    html: str
    found: bool
    left_over: list[tuple[str, str]]
    # Where the form that was filled in is sent: one form with two buttons may have two addresses.
    paths: frozenset[str] = frozenset()


def fill(
    html: str, *, page: str, path: str, values: Pairs, rows: Mapping[str, str] | None = None, stood_here: bool = False
) -> Filled:
    """Fill the form of `page` that is sent to `path`; of several, the one with most of the fields.

    stood_here: it was typed on this page. Then the page's own form does too where the button with that address is gone.
    rows: what is drawn in the list of files with this name (templates/_components/form/uploads.html).
    """
    reader = _Reader(html, page)
    reader.feed(html)
    reader.close()
    names = {name for name, _value in values}
    forms = [form for form in reader.forms if path in form.paths]
    if not forms and stood_here:
        forms = [form for form in reader.forms if form.path == page and form.matches(names - {_NEVER})]
    best = max(forms, key=lambda form: form.matches(names), default=None)
    if best is None:
        return Filled(html, found=False, left_over=_readable(values))
    waiting = [pair for pair in values if pair[0] != _NEVER]
    edits = [edit for control in best.controls for edit in _edits(control, waiting, values)]
    known = {control.name for control in best.controls}
    for name, drawn in (rows or {}).items():
        if place := _list_of(name, best, html):
            edits.append((place, place, drawn))
            known.add(name)
    left = [(name, value) for name, value in waiting if name not in known]
    return Filled(_apply(html, edits), found=True, left_over=_readable(left), paths=best.paths | {path})


def _path_of(address: str, page: str) -> str:
    return urlsplit(urljoin(page, address)).path


def _list_of(name: str, form: Form, html: str) -> int:
    """Return where the list of this name begins that belongs to a file field of the form; 0 where there is none."""
    inputs = [control.end for control in form.controls if control.kind == "file" and name.startswith(control.name)]
    place = html.find(f'<ul class="app-uploads__list" data-sent="{name}">', inputs[0]) if inputs else -1
    return html.find(">", place) + 1 if place >= 0 else 0


def _edits(control: Control, waiting: list[tuple[str, str]], values: Pairs) -> Iterable[tuple[int, int, str]]:
    """What changes in one field. Of fields with one name the first takes the first value, and so on."""
    if not control.name or control.name == _NEVER or control.kind in _LEFT_ALONE:
        return []
    if control.kind in {"checkbox", "radio"}:
        return [_switched(control, "checked", (control.name, control.value) in values)]
    if control.tag == "select":
        return [_switched(option, "selected", (control.name, option.value) in values) for option in control.options]
    value = _take(control.name, waiting)
    if value is None:
        return []
    if control.tag == "textarea":
        return [(control.end, control.content_end, f"\n{escape(value)}")]
    return [(control.start, control.end, _tag(control, [*_without(control, "value"), ("value", value)]))]


def _switched(control: Control, what: str, on: bool) -> tuple[int, int, str]:
    attrs = _without(control, what)
    return control.start, control.end, _tag(control, [*attrs, (what, None)] if on else attrs)


def _take(name: str, waiting: list[tuple[str, str]]) -> str | None:
    for index, (other, value) in enumerate(waiting):
        if other == name:
            del waiting[index]
            return value
    return None


def _without(control: Control, name: str) -> list[tuple[str, str | None]]:
    return [(known, value) for known, value in control.attrs if known != name]


def _tag(control: Control, attrs: Iterable[tuple[str, str | None]]) -> str:
    words = [f" {name}" if value is None else f' {name}="{escape(value)}"' for name, value in attrs]
    return f"<{control.tag}{''.join(words)}>"


def _apply(html: str, edits: Iterable[tuple[int, int, str]]) -> str:
    for start, end, text in sorted(edits, reverse=True):
        html = html[:start] + text + html[end:]
    return html


def _readable(values: Pairs) -> list[tuple[str, str]]:
    return [(name, value) for name, value in values if name != _NEVER and value.strip()]


class _Reader(HTMLParser):
    """Finds forms and fields with their places in the text."""

    def __init__(self, html: str, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.page = page
        self.forms: list[Form] = []
        self._open: Form | None = None
        self._filling: Control | None = None
        self._elsewhere: list[tuple[str, Control]] = []
        self._lines = [0, *(found.end() for found in re.finditer("\n", html))]

    def _place(self) -> int:
        line, column = self.getpos()
        return self._lines[line - 1] + column

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note forms, fields and options."""
        start = self._place()
        control = Control(tag, attrs, start, start + len(self.get_starttag_text() or ""))
        if tag == "form":
            self._begin(dict(attrs))
        elif tag == "option" and self._filling is not None:
            self._filling.options.append(control)
        elif tag in {"input", "textarea", "select", "button"}:
            self._note(control)

    def handle_endtag(self, tag: str) -> None:
        """Note where a form or what a field holds ends."""
        if tag == "form":
            self._open = None
        elif tag in {"textarea", "select"} and self._filling is not None:
            self._filling.content_end = self._place()
            self._filling = None

    def _begin(self, attrs: dict[str, str | None]) -> None:
        sent = (attrs.get("method") or "get").lower() == "post"
        path = _path_of(attrs.get("action") or self.page, self.page)
        self._open = Form(path if sent else "", attrs.get("id") or "", self.page)
        self.forms.append(self._open)

    def _note(self, control: Control) -> None:
        if control.tag in {"textarea", "select"}:
            self._filling = control
        if owner := dict(control.attrs).get("form"):
            self._elsewhere.append((owner, control))
        elif self._open is not None:
            self._open.controls.append(control)

    def close(self) -> None:
        """Give the fields that stand outside their form to it."""
        super().close()
        for owner, control in self._elsewhere:
            for form in self.forms:
                if form.ident == owner:
                    form.controls.append(control)
