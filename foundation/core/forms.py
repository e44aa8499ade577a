"""Django forms with GOV.UK markup, and messages that say what to do.

    class LegalProcessForm(PortalForm):
        kind = forms.ChoiceField(label="Legal process", choices=…, widget=Radios(hints={"order": "Signed by a judge"}))
        issued = GovDateField(label="Date of the order", help_text="For example, 27 3 2026")      # a date
        seen_at = InstantField(label="Date and time")    # "2026-06-04 23:47:10 +02:00"; an aware time in UTC
        facts = forms.CharField(label="Facts", widget=forms.Textarea, max_length=4000)            # with a count

In a template: `{% error_summary form %}` first in content, then `<form method="post" novalidate>{% csrf_token %}`,
`{% field form.kind size="m" %}` for each field (or `{% fields form %}` for all) and `{% submit "Save and continue" %}`.
The page title gets "Error: " by itself. `help_text` is the hint; fields that are not required say "(optional)", unless
the form sets `mark_optional = False` or the tag says `optional=False`. `Radios(reveals={"new": ["name", "country"]})`
draws fields of the same form below one answer; they are always visible, so check them in `clean()` only when that
answer is chosen. `widget.attrs["class"]` adds to GOV.UK's classes. Messages a form sets itself are kept.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.forms.renderers import DjangoTemplates
from django.forms.utils import pretty_name
from django.template.loader import get_template
from django.utils.translation import gettext_lazy as _

Choices = Any
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
INSTANT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[T ]+([0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?))?"
    r"\s*(Z|UTC|[+-][0-9]{2}(?::?[0-9]{2})?)?",
    re.IGNORECASE,
)
# Characters that nobody sees and that turn, hide or split what is read: controls, direction marks, zero-width spaces,
# tags. The two joiners stay: Persian and Indian scripts are written with them. NUL stays to be refused by the field.
_UNSEEN = re.compile(
    "[\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e007f]"
)
_BREAKS = re.compile("[\t\n\x0b\x0c\r\x85\u2028\u2029]+")


class PortalRenderer(DjangoTemplates):
    """Finds our components in the project's templates and Django's own widgets where Django keeps them."""

    def get_template(self, template_name: str) -> Any:
        """Load one template."""
        if template_name.startswith("_components/"):
            return get_template(template_name)
        return super().get_template(template_name)


# Widgets --------------------------------------------------------------------------------------------------------------
class Radios(forms.RadioSelect):
    """Radio buttons with a hint for an answer, and fields that belong to one answer."""

    def __init__(
        self,
        attrs: dict[str, Any] | None = None,
        choices: Choices = (),
        *,
        hints: Mapping[str, str] | None = None,
        reveals: Mapping[str, Sequence[str]] | None = None,
        inline: bool = False,
        small: bool = False,
    ) -> None:
        super().__init__(attrs, choices)
        self.hints, self.reveals = dict(hints or {}), dict(reveals or {})
        self.inline, self.small = inline, small


class Checkboxes(forms.CheckboxSelectMultiple):
    """Tick boxes with a hint for an answer."""

    def __init__(
        self,
        attrs: dict[str, Any] | None = None,
        choices: Choices = (),
        *,
        hints: Mapping[str, str] | None = None,
        small: bool = False,
    ) -> None:
        super().__init__(attrs, choices)
        self.hints, self.small = dict(hints or {}), small


class GovDateInput(forms.MultiWidget):
    """Day, month and year in three boxes."""

    use_fieldset = True
    parts = (("day", _("Day"), 2), ("month", _("Month"), 2), ("year", _("Year"), 4))

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({name: forms.TextInput() for name, _label, _width in self.parts}, attrs)

    def decompress(self, value: date | None) -> list[str]:
        """Split a date into its boxes."""
        return [str(value.day), str(value.month), str(value.year)] if value else ["", "", ""]


# Fields ---------------------------------------------------------------------------------------------------------------
class GovDateField(forms.Field):
    """A date given as day, month and year; months may be words."""

    widget = GovDateInput

    def to_python(self, value: Any) -> date | None:
        """Read the three boxes, and say which one to mend."""
        if isinstance(value, date) or not value:
            return value or None
        day, month, year = (str(part or "").strip() for part in value)
        missing = [name for name, part in (("day", day), ("month", month), ("year", year)) if not part]
        if len(missing) == 3:
            return None
        if missing:
            raise self._problem(_("add the %s") % " and the ".join(missing))
        if month[:3].lower() in MONTHS:
            month = str(MONTHS.index(month[:3].lower()) + 1)
        if not re.fullmatch("[0-9]{4}", year):
            raise self._problem(_("write the year with four digits, like 2026"))
        if not re.fullmatch("[0-9]{1,2}", day) or not re.fullmatch("[0-9]{1,2}", month):
            raise self._problem(_("write the day and the month as numbers, like 27 3 2026"))
        try:
            return date(int(year), int(month), int(day))
        except ValueError:
            raise self._problem(_("there is no such day. Check the day and the month")) from None

    def _problem(self, what: Any) -> ValidationError:
        return ValidationError(about(self.label or _("Date"), what), code="invalid")

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compare dates, not boxes."""
        try:
            return self.to_python(initial) != self.to_python(data)
        except ValidationError:
            return True


class InstantField(forms.CharField):
    """A moment: ISO 8601 with its offset from UTC. A time without a zone is refused, because it names no moment."""

    def to_python(self, value: Any) -> datetime | None:  # type: ignore[override]
        """Read the text as an aware time in UTC."""
        if isinstance(value, datetime):
            return value.astimezone(UTC)
        text = str(super().to_python(value) or "").strip()
        if not text:
            return None
        found = INSTANT.fullmatch(text)
        if not found:
            raise self._problem(_("write it like 2026-06-04 23:47:10 +02:00"))
        day, time, zone = found.groups()
        if not time:
            raise self._problem(_("add the time and the time zone, like 23:47:10 +02:00"))
        if not zone:
            raise self._problem(_("add the time zone, like +02:00, or Z for UTC"))
        offset = "+00:00" if zone.upper() in {"Z", "UTC"} else zone
        try:
            return datetime.fromisoformat(f"{day}T{time}{offset}").astimezone(UTC)
        except (ValueError, OverflowError):
            raise self._problem(_("there is no such date or time. Check each number")) from None

    def _problem(self, what: Any) -> ValidationError:
        return ValidationError(about(self.label or _("Date and time"), what), code="invalid")

    def prepare_value(self, value: Any) -> Any:
        """Show a stored moment as it may be typed."""
        if isinstance(value, datetime):
            return value.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "seconds") + " Z"
        return value

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        """Typed letter by letter, so nothing corrects it."""
        return {**super().widget_attrs(widget), "class": "govuk-input--width-20 app-code", "autocomplete": "off"}


# Forms ----------------------------------------------------------------------------------------------------------------
class PortalFormMixin:
    """What every form has in common: renderer, and messages that say what to do. Model forms mix it in themselves."""

    default_renderer: Any = PortalRenderer()
    use_required_attribute = False
    # False on forms that only filter a list: there everything is optional and nobody needs to be told.
    mark_optional: ClassVar[bool] = True
    fields: dict[str, forms.Field]
    # Names of fields about the reader: "Enter your full name" where they are empty.
    own_fields: frozenset[str] = frozenset()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            if field.label is None:
                field.label = pretty_name(name)
            field.own = name in self.own_fields  # type: ignore[attr-defined]
            say_what_to_do(field)
            read_plain_text(field)


class PortalForm(PortalFormMixin, forms.Form):
    """The base of every form."""


def plain_text(text: str, *, lines: bool = False) -> str:
    """Return text as it is read: in NFC, without controls and direction marks; `lines` keeps its line breaks."""
    kept = (
        text.replace("\x85", "\n").replace("\u2028", "\n").replace("\u2029", "\n") if lines else _BREAKS.sub(" ", text)
    )
    return unicodedata.normalize("NFC", _UNSEEN.sub("", kept))


def read_plain_text(field: forms.Field) -> None:
    """Let a text field read `plain_text`; passwords are taken as they are typed."""
    if not isinstance(field, forms.CharField) or isinstance(field.widget, forms.PasswordInput):
        return
    read, lines = field.to_python, isinstance(field.widget, forms.Textarea)

    def to_python(value: Any) -> Any:
        return read(plain_text(value, lines=lines) if isinstance(value, str) else value)

    field.to_python = to_python  # type: ignore[method-assign]


def say_what_to_do(field: forms.Field) -> None:
    """Replace Django's messages ("This field is required.") where the form has not set its own."""
    stock: dict[str, Any] = {}
    for base in reversed(type(field).__mro__):
        stock.update(getattr(base, "default_error_messages", {}))
    for code, message in _messages(field).items():
        if field.error_messages.get(code) is stock.get(code):
            field.error_messages[code] = message


def _messages(field: forms.Field) -> dict[str, str]:
    label = str(field.label)
    in_format = label.replace("%", "%%")  # of the messages that are filled in later
    messages = {"required": _required_message(field, label)}
    if isinstance(field, (forms.ChoiceField, forms.ModelChoiceField)):
        messages["invalid_choice"] = about(in_format, _("choose one of the answers"))
    elif isinstance(field, forms.FileField):
        messages["empty"] = about(label, _("this file is empty. Choose another"))
    elif isinstance(field, forms.EmailField):
        messages["invalid"] = about(in_format, _("enter an address like name@agency.example"))
    elif isinstance(field, forms.URLField):
        messages["invalid"] = about(in_format, _("enter a web address that starts with https://"))
    elif isinstance(field, forms.IntegerField):
        messages["invalid"] = about(label, _("enter a number"))
        messages["min_value"] = about(in_format, _("enter %(limit_value)s or more"))
        messages["max_value"] = about(in_format, _("enter %(limit_value)s or less"))
    if isinstance(field, forms.CharField):
        messages["max_length"] = about(in_format, _("shorten this to %(limit_value)d characters"))
        messages["min_length"] = about(in_format, _("write at least %(limit_value)d characters"))
    return messages


def _required_message(field: forms.Field, label: str) -> str:
    """What to do about a field that was left empty."""
    widget = field.widget
    if isinstance(widget, forms.CheckboxInput):
        return str(_("Tick the box to go on: %s")) % label
    for kind, what in _LEFT_EMPTY:
        if isinstance(widget, kind):
            return about(label, what)
    if label.endswith("?"):
        return about(label, _("write an answer"))
    return str(_enter(label, own=getattr(field, "own", False))) % lower_first(label)


def _enter(label: str, *, own: bool) -> Any:
    """The sentence around a label: "Enter the case name", "Enter your full name", but "Enter how you called"."""
    if label.partition(" ")[0].lower() in _STANDS_ALONE:
        return _("Enter %s")
    return _("Enter your %s") if own else _("Enter the %s")


def about(label: Any, what: Any) -> str:
    """A message with the name of its field: "Kind: choose one" but "Which is yours? Choose one"."""
    if str(label).endswith("?"):
        return f"{label} {str(what)[:1].upper()}{str(what)[1:]}"
    return f"{label}: {what}"


def lower_first(text: str) -> str:
    """The text inside a sentence: "Case name" as "case name", but "IP address" as it is."""
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]


# Labels that begin so take no article.
_FIRST_WORDS = """
    a an any anything by how in it one only on or that the their what when where whether which who whom whose why your
"""
_STANDS_ALONE = frozenset(_FIRST_WORDS.split())

# The first that fits: tick boxes are radio buttons to Django.
_LEFT_EMPTY: tuple[tuple[type[forms.Widget], Any], ...] = (
    (forms.CheckboxSelectMultiple, _("tick at least one")),
    (forms.FileInput, _("choose a file")),
    (GovDateInput, _("enter the day, the month and the year")),
    (forms.RadioSelect, _("choose an answer")),
    (forms.Select, _("choose an answer")),
)
