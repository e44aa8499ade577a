"""The portal's own template language. Every tag is a builtin: no `{% load portal %}` is needed.

Forms (classes in foundation.core.forms)
    {% error_summary form form2 %}                    first in `content`; links to the fields
    {% field form.name size="m" width=20 code=True %} also hint="…" label="…" rows=5 hide_label=True heading=True
    {% fields form %}                                 every field in order, hidden ones too
    {% submit "Send answer" %}  {% submit "Save" style="secondary" name="action" value="save" %}
                                                      style "warning" only for emergencies and deletion; url="…": a link
Words
    {% status_tag "In review" "blue" %}  {% badge "New officer" %}  {% count 12 "open" alert=True %}
    {{ obj.reference|reference }}  {{ secret|grouped }}  {{ n|file_size }}  {{ number|phone }}  {{ some_date|day }}
Time (`now` and `person.time_zone` come from the context)
    {% clock request.due_at %}                        kinds: deadline answer days emergency hold download paused
    {% clock hold.expires_at kind="hold" %}           also sentence=True ("due in …"), line=True (exact time below)
    {% utc value %}                                   Fri 20 Nov, 16:00 UTC (17:00 your time)
    {% utc value form="full" %}                       20 Nov 2026, 16:00:00 UTC; also "date", "time", "short"
    {% there zone %}                                  15:20 there
Blocks
    {% panel "Title" id="x" style="warn" meta=text level=2 %}…{% endpanel %}   style: "", "warn", "danger"
    {% summary tight=True %}{% row "Key" %}value{% endrow %}{% endsummary %}   or {% summary_list pairs tight=True %}
    {% timeline %}{% entry "Submitted" at by="by you" %}optional text{% endentry %}{% endtimeline %}
                                                      seconds=False: to the minute, with the reader's own time
    {% inset %}…{% endinset %}  {% warning %}…{% endwarning %}
    {% details "Hash" code=True open=True %}…{% enddetails %}
Rows
    {% back_link url "Your requests" %}               in block `back`
    {% empty "No holds. A hold keeps records for 90 days." %}
    {% task 1 "Legal process" url hint="…" status="Completed" colour="" %}     in <ul class="govuk-task-list">;
                                                      without url: "Cannot start yet"
    {% file_row title filename=f size=n url=u sha256=h note=t button="Download" %}   in <ul class="app-files">
    {% pager shown total previous=url next=url %}
    {% done "Request submitted" reference="MX-…" %}   the confirmation panel; it holds the h1
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django import forms, template
from django.forms.boundfield import BoundField
from django.template.context import Context
from django.template.loader import render_to_string
from django.utils import dateformat, timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from foundation.core import clocks
from foundation.core.drawing import render_field, summary

register = template.Library()

NBSP = "\u00a0"
TAG_COLOURS = {"grey", "green", "teal", "purple", "magenta", "red", "yellow", "orange"}


def _draw(name: str, /, **context: Any) -> SafeString:
    return mark_safe(render_to_string(f"_components/{name}.html", context).strip())  # noqa: S308 (a template wrote it)


# Forms ----------------------------------------------------------------------------------------------------------------
@register.simple_tag
def field(bound: BoundField, **options: Any) -> SafeString:
    """One field of a form with label, hint and errors."""
    return render_field(bound, **options)


@register.simple_tag
def fields(form: forms.BaseForm) -> SafeString:
    """All fields of a form, in order; a field that an answer reveals is drawn there and only there."""
    revealed = {
        name
        for item in form.fields.values()
        for names in getattr(item.widget, "reveals", {}).values()
        for name in names
    }
    return mark_safe("\n".join(render_field(bound) for bound in form if bound.name not in revealed))  # noqa: S308


@register.simple_tag
def error_summary(*given: Any) -> SafeString:
    """What must be mended, each entry a link to its field; nothing if nothing is wrong."""
    errors = [entry for form in _forms(given) if form.is_bound for entry in summary(form)]
    return _draw("error_summary", errors=errors) if errors else SafeString("")


@register.simple_tag(takes_context=True)
def error_prefix(context: Context) -> str:
    """The beginning of the page title when a form on the page has errors."""
    values = context.flatten().values()
    return _("Error: ") if any(form.is_bound and form.errors for form in _forms(values)) else ""


def _forms(values: Iterable[Any]) -> Iterable[forms.BaseForm]:
    """The forms among the values; by type(), because isinstance() would wake the lazy user and CSRF token."""
    for value in values:
        if issubclass(type(value), forms.BaseForm):
            yield value
        elif issubclass(type(value), (list, tuple, forms.BaseFormSet)):
            yield from (item for item in value if isinstance(item, forms.BaseForm))


@register.simple_tag
def submit(text: str, *, style: str = "", name: str = "", value: str = "", form: str = "", url: str = "") -> SafeString:
    """A button that says what happens and takes no double click."""
    return _draw("submit", text=text, style=style, name=name, value=value, form=form, url=url)


# Words ----------------------------------------------------------------------------------------------------------------
@register.simple_tag
def status_tag(text: str, colour: str = "") -> SafeString:
    """The one tag of a row; blue is the plain tag."""
    css = f"govuk-tag govuk-tag--{colour}" if colour in TAG_COLOURS else "govuk-tag"
    return format_html('<strong class="{}">{}</strong>', css, text)


@register.simple_tag
def badge(text: str, colour: str = "grey") -> SafeString:
    """A remark on a row."""
    css = f"moj-badge moj-badge--{colour}" if colour else "moj-badge"
    return format_html('<strong class="{}">{}</strong>', css, text)


@register.simple_tag
def count(number: int | str, what: str = "", *, alert: bool = False) -> SafeString:
    """A small number beside a link; text ("99+") as it is."""
    shown = number if isinstance(number, str) else "999+" if number > 999 else str(number)
    words = format_html('<span class="govuk-visually-hidden"> {}</span>', what) if what else ""
    return format_html('<span class="app-count{}">{}{}</span>', " app-count--alert" if alert else "", shown, words)


@register.filter
def reference(text: str) -> SafeString:
    """A reference that is never broken over two lines."""
    return format_html('<span class="app-ref">{}</span>', text)


@register.filter
def grouped(text: str, size: int = 4) -> str:
    """A code in groups, so that it can be typed or read out: "JBSW Y3DP EHPK"."""
    return " ".join(text[start : start + size] for start in range(0, len(text), size))


@register.filter
def phone(number: str) -> SafeString:
    """A number to call, as a link that does not break."""
    digits = "".join(letter for letter in number if letter.isdigit() or letter == "+")
    return format_html('<a class="govuk-link app-nowrap" href="tel:{}">{}</a>', digits, number.replace(" ", NBSP))


@register.filter
def file_size(number: int | str | None) -> str:
    """Bytes in the unit a person would choose: "4.2 MB", "318 KB"."""
    if number is None or number == "":  # a file that does not exist yet
        return ""
    value, units = float(number), ["bytes", "KB", "MB", "GB", "TB"]
    while value >= 999.5 and len(units) > 1:
        value /= 1000
        units.pop(0)
    if units[0] == "bytes":
        return f"{number}{NBSP}" + (_("byte") if number == 1 else _("bytes"))
    return f"{value:.1f}{NBSP}{units[0]}" if value < 10 else f"{value:.0f}{NBSP}{units[0]}"


@register.filter
def day(value: date | None) -> str:
    """A date without a time: "18 Dec 2026"."""
    return dateformat.format(value, "j M Y") if value else ""


# Time -----------------------------------------------------------------------------------------------------------------
@register.simple_tag(takes_context=True)
def clock(
    context: Context,
    due: datetime | None,
    now: datetime | None = None,
    kind: clocks.Kind = "deadline",
    *,
    sentence: bool = False,
    line: bool = False,
    desk: Any = None,
) -> SafeString:
    """A deadline in words. `desk` is anything with `is_working_day(date)`; without one, Monday to Friday."""
    if due is None and kind != "paused":
        return SafeString("")
    at = now or _now(context)
    calendar = {"working_day": desk.is_working_day} if desk else {}
    said = clocks.clock(due or at, at, kind, sentence=sentence, **calendar)
    words = format_html('<span class="{}">{}</span>', said.css, said.words)
    if not line or due is None:
        return words
    if kind == "paused":
        pattern = "j M" if clocks.near(due, at) else "j M Y"
        until = _("officer has until %s") % dateformat.format(due.astimezone(UTC), pattern)
        return format_html('{}<span class="app-line app-soft">{}</span>', words, until)
    return format_html('{}<span class="app-line app-soft">{}</span>', words, _stamp(due, "default", at, _zone(context)))


@register.simple_tag(takes_context=True)
def utc(context: Context, value: datetime | None, zone: Any = None, *, form: str = "default") -> SafeString:
    """A moment in UTC, with the reader's own time behind it."""
    if value is None:
        return SafeString("")
    return _stamp(value, form, _now(context), _zone(context, zone))


@register.simple_tag(takes_context=True)
def there(context: Context, zone: Any, now: datetime | None = None) -> str:
    """What time it is where an officer works: "15:20 there"."""
    found = _read_zone(zone)
    return _("%s there") % f"{(now or _now(context)).astimezone(found):%H:%M}" if found else ""


def _stamp(value: datetime, form: str, now: datetime, zone: tzinfo | None, *, title: bool = False) -> SafeString:
    moment = value.astimezone(UTC)
    machine = moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    if title:
        full = _moment(moment, "full", now, None)
        return format_html('<time datetime="{}" title="{}">{}</time>', machine, full, _moment(moment, form, now, zone))
    return format_html('<time datetime="{}">{}</time>', machine, _moment(moment, form, now, zone))


def _moment(moment: datetime, form: str, now: datetime, zone: tzinfo | None) -> str:
    """The words of a moment, which is in UTC."""
    if form == "full":
        return dateformat.format(moment, "j M Y, H:i:s") + " UTC"
    if form == "date":
        return dateformat.format(moment, "j M Y")
    near = clocks.near(moment, now)
    if form == "short":
        return dateformat.format(moment, "D j M, H:i" if near else "j M Y, H:i")
    text = dateformat.format(moment, "H:i" if form == "time" else "D j M, H:i" if near else "j M Y, H:i") + " UTC"
    local = moment.astimezone(zone) if zone else moment
    if local.utcoffset() == moment.utcoffset():
        return text
    elsewhere = "D j M, H:i" if clocks.same_year(moment, now, local.tzinfo or UTC) else "j M Y, H:i"
    pattern = "H:i" if local.date() == moment.date() else elsewhere
    return _("%(utc)s (%(local)s your time)") % {"utc": text, "local": dateformat.format(local, pattern)}


def _now(context: Context) -> datetime:
    now = context.get("now")
    return now if isinstance(now, datetime) else timezone.now()


def _zone(context: Context, given: Any = None) -> tzinfo | None:
    """The reader's zone: the one given, else the account's."""
    if given:
        return _read_zone(given)
    person = context.get("person")
    own = person.get("time_zone") if isinstance(person, Mapping) else getattr(person, "time_zone", None)
    return _read_zone(own)


def _read_zone(zone: Any) -> tzinfo | None:
    if not zone or isinstance(zone, tzinfo):
        return zone or None
    try:
        return ZoneInfo(str(zone))
    except (ZoneInfoNotFoundError, ValueError):
        return None


# Blocks ---------------------------------------------------------------------------------------------------------------
@register.simple_block_tag
def panel(content: str, title: str, *, id: str = "", style: str = "", meta: str = "", level: int = 2) -> SafeString:  # noqa: A002
    """A bordered block with a heading row; `meta` is said at the right of it."""
    return _draw("panel", content=content, title=title, id=id or _slug(title), style=style, meta=meta, level=level)


def _slug(text: str) -> str:
    return "panel-" + "-".join("".join(c if c.isalnum() else " " for c in str(text).lower()).split())


@register.simple_block_tag(name="summary", end_name="endsummary")
def summary_block(content: str, *, tight: bool = False, small: bool = False) -> SafeString:
    """Facts: holds `row` tags."""
    return _draw("summary_list", content=content, tight=tight, small=small)


@register.simple_block_tag
def row(content: str, key: str, *, code: bool = False) -> SafeString:
    """One fact of a `summary`."""
    return _draw("row", content=content, key=key, code=code)


@register.simple_tag
def summary_list(rows: Iterable[tuple[str, Any]], *, tight: bool = False, small: bool = False) -> SafeString:
    """Facts from pairs of key and value; empty values are left out."""
    drawn = [_draw("row", content=value, key=key) for key, value in rows if value not in (None, "")]
    return _draw("summary_list", content=mark_safe("".join(drawn)), tight=tight, small=small)  # noqa: S308


@register.simple_block_tag
def timeline(content: str) -> SafeString:
    """History, newest first: holds `entry` tags."""
    return format_html('<div class="moj-timeline">{}</div>', content)


@register.simple_block_tag(takes_context=True)
def entry(
    context: Context, content: str, title: str, at: datetime, *, by: str = "", level: int = 3, seconds: bool = True
) -> SafeString:
    """One thing that happened: to the second in UTC, or to the minute with the reader's own time beside it."""
    now = _now(context)
    stamp = _stamp(at, "full", now, None) if seconds else _stamp(at, "default", now, _zone(context), title=True)
    return _draw(
        "timeline_entry", content=content if content.strip() else "", title=title, stamp=stamp, by=by, level=level
    )


@register.simple_block_tag
def inset(content: str) -> SafeString:
    """A rule that must not be missed."""
    return format_html('<div class="govuk-inset-text">{}</div>', content)


@register.simple_block_tag
def warning(content: str) -> SafeString:
    """A consequence, before it happens."""
    return _draw("warning", content=content)


@register.simple_block_tag
def details(content: str, title: str, *, open: bool = False, code: bool = False) -> SafeString:  # noqa: A002
    """Extra material that can be opened."""
    return _draw("details", content=content, title=title, open=open, code=code)


# Rows -----------------------------------------------------------------------------------------------------------------
@register.simple_tag
def back_link(url: str, text: str) -> SafeString:
    """The way up, above the page."""
    return _draw("back_link", url=url, text=text)


@register.simple_tag
def empty(text: str) -> SafeString:
    """What is true where a list has nothing."""
    return format_html('<p class="govuk-body">{}</p>', text)


@register.simple_tag
def task(
    key: Any, name: str, url: str = "", *, hint: str = "", status: str = "", colour: str | None = None
) -> SafeString:
    """One part of a draft. "Completed" is plain text, everything else a tag; without `url` it cannot start yet."""
    plain = colour == "" or (colour is None and status in {"", _("Completed")})
    return _draw("task", key=key, name=name, url=url, hint=hint, status=status, colour=colour or "", plain=plain)


@register.simple_tag
def file_row(
    title: str,
    *,
    url: str = "",
    filename: str = "",
    size: int | None = None,
    sha256: str = "",
    note: str = "",
    button: str = "Download",
) -> SafeString:
    """A file with its size, its hash and its button."""
    line = ", ".join(filter(None, (filename, file_size(size), note)))
    return _draw("file_row", title=title, url=url, line=line, sha256=sha256, button=button)


@register.simple_tag
def pager(shown: int, total: int | None = None, *, previous: str = "", next: str = "", first: int = 0) -> SafeString:  # noqa: A002
    """How much of a list is shown (from which place on), and the way to the rest; no page numbers: the list moves."""
    last = first + shown - 1
    return _draw("pager", shown=shown, total=total, previous=previous, next=next, first=first, last=last)


@register.simple_tag
def done(title: str, *, reference: str = "", label: str = "Your reference") -> SafeString:
    """The panel after something important was sent."""
    return _draw("done", title=title, reference=reference, label=label)
