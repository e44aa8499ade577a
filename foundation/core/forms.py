"""Django forms with GOV.UK markup, and messages that say what to do.

    class LegalProcessForm(PortalForm):
        kind = forms.ChoiceField(label="Legal process", choices=…, widget=Radios(hints={"order": "Signed by a judge"}))
        issued = GovDateField(label="Date of the order", help_text="For example, 27 3 2026")      # a date
        seen_at = InstantField(label="Date and time")    # "2026-06-04 23:47:10 +02:00"; an aware time in UTC
        facts = forms.CharField(label="Facts", widget=forms.Textarea, max_length=4000)            # with a count
        files = MultipleFileField(label="Documents", required=False)                              # a list of uploads

In a template: `{% error_summary form %}` first in content, then `<form method="post" novalidate>{% csrf_token %}`,
`{% field form.kind size="m" %}` for each field (or `{% fields form %}` for all) and `{% submit "Save and continue" %}`.
The page title gets "Error: " by itself. `help_text` is the hint; fields that are not required say "(optional)", unless
the form sets `mark_optional = False` or the tag says `optional=False`. `Radios(reveals={"new": ["name", "country"]})`
draws fields of the same form below one answer; they are always visible, so check them in `clean()` only when that
answer is chosen. `widget.attrs["class"]` adds to GOV.UK's classes. Messages a form sets itself are kept.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.forms.boundfield import BoundField
from django.forms.renderers import DjangoTemplates
from django.forms.utils import pretty_name
from django.template.loader import get_template
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _

Choices = Any
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
INSTANT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[T ]+([0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?))?"
    r"\s*(Z|UTC|[+-][0-9]{2}(?::?[0-9]{2})?)?",
    re.IGNORECASE,
)


class PortalRenderer(DjangoTemplates):
    """Finds our components in the project's templates and Django's own widgets where Django keeps them."""

    field_template_name = "_components/form/group.html"

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


class MultipleFileInput(forms.FileInput):
    """A file input that takes several files."""

    allow_multiple_selected = True


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


class MultipleFileField(forms.FileField):
    """Several files at once; cleans to a list."""

    widget = MultipleFileInput

    def clean(self, data: Any, initial: Any = None) -> "list[UploadedFile[Any]]":
        """Check every file."""
        files = data if isinstance(data, (list, tuple)) else [data]
        cleaned = [super(MultipleFileField, self).clean(file, initial) for file in files or [None]]
        return [file for file in cleaned if file]


# Forms ----------------------------------------------------------------------------------------------------------------
class PortalFormMixin:
    """What every form has in common: renderer, and messages that say what to do. Model forms mix it in themselves."""

    default_renderer: Any = PortalRenderer()
    use_required_attribute = False
    # False on forms that only filter a list: there everything is optional and nobody needs to be told.
    mark_optional: ClassVar[bool] = True
    fields: dict[str, forms.Field]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            if field.label is None:
                field.label = pretty_name(name)
            say_what_to_do(field)


class PortalForm(PortalFormMixin, forms.Form):
    """The base of every form."""


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
    widget = field.widget
    if isinstance(widget, forms.CheckboxInput):
        return str(_("Tick the box to go on: %s")) % label
    if isinstance(widget, forms.CheckboxSelectMultiple):
        return about(label, _("tick at least one"))
    if isinstance(widget, forms.FileInput):
        return about(label, _("choose a file"))
    if isinstance(widget, GovDateInput):
        return about(label, _("enter the day, the month and the year"))
    if isinstance(widget, (forms.RadioSelect, forms.Select)):
        return about(label, _("choose an answer"))
    if label.endswith("?"):
        return about(label, _("write an answer"))
    return str(_("Enter %s")) % lower_first(label)


def about(label: Any, what: Any) -> str:
    """A message with the name of its field: "Kind: choose one" but "Which is yours? Choose one"."""
    if str(label).endswith("?"):
        return f"{label} {str(what)[:1].upper()}{str(what)[1:]}"
    return f"{label}: {what}"


def lower_first(text: str) -> str:
    """The text inside a sentence: "Case name" as "case name", but "IP address" as it is."""
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]


# Drawing --------------------------------------------------------------------------------------------------------------
def error_target(bound: BoundField) -> str:
    """The id that a link in the error summary points to."""
    widget = bound.field.widget
    if isinstance(widget, (forms.RadioSelect, GovDateInput)):
        return f"{bound.auto_id}_0"
    return bound.id_for_label


def summary(form: forms.BaseForm) -> Iterator[tuple[str, str]]:
    """Target and text of every error of a form, in page order; the target is empty for errors of the whole form."""
    for message in form.non_field_errors():
        yield "", str(message)
    for bound in form:
        for message in bound.errors:
            yield ("" if bound.is_hidden else error_target(bound)), str(message)


def render_field(bound: BoundField, **options: Any) -> SafeString:
    """Draw one field with label, hint and errors. The options are those of the tag `field`."""
    if bound.is_hidden:
        return mark_safe(str(bound))  # noqa: S308 (Django escaped it)
    context = _group(bound, options)
    kind = context["kind"]
    if kind == "control":
        context["control"] = _control(bound, context, options)
    elif kind == "date":
        context["parts"] = _date_parts(bound)
    elif kind in {"radios", "checkboxes"}:
        context["items"] = _items(bound)
    renderer = bound.form.renderer
    return mark_safe(renderer.render("_components/form/group.html", context))  # noqa: S308 (a template wrote it)


def _kind(widget: forms.Widget) -> str:
    if isinstance(widget, forms.CheckboxSelectMultiple):
        return "checkboxes"
    if isinstance(widget, forms.RadioSelect):
        return "radios"
    if isinstance(widget, forms.CheckboxInput):
        return "checkbox"
    return "date" if isinstance(widget, GovDateInput) else "control"


def _group(bound: BoundField, options: Mapping[str, Any]) -> dict[str, Any]:
    """Everything around the control: label or legend, hint, errors and how they are tied together."""
    field, kind = bound.field, _kind(bound.field.widget)
    label = str(options.get("label") or bound.label)
    optional = options.get("optional")
    if optional is None:
        optional = not field.required and getattr(bound.form, "mark_optional", True) and kind != "checkbox"
    if optional and not label.endswith(")"):
        label = str(_("%s (optional)")) % label
    hint = bound.help_text if options.get("hint") is None else options["hint"]
    errors = [
        {"id": f"{bound.auto_id}-error" + (f"-{number}" if number > 1 else ""), "text": str(text)}
        for number, text in enumerate(bound.errors, 1)
    ]
    described = ([f"{bound.auto_id}-hint"] if hint else []) + [str(error["id"]) for error in errors]
    return {
        "bound": bound, "kind": kind, "id": bound.auto_id, "name": bound.html_name, "label": label, "hint": hint,
        "errors": errors, "described_by": " ".join(described), "size": options.get("size", ""),
        "heading": options.get("heading", False), "hide_label": options.get("hide_label", False),
        "group_class": options.get("group_class", ""), "widget": field.widget, "count": _count(field),
        "target": bound.id_for_label, "checked": kind == "checkbox" and bool(bound.value()),
    }  # fmt: skip


def _count(field: forms.Field) -> int | None:
    """The limit of a character count, which long answers with a limit get."""
    return getattr(field, "max_length", None) if isinstance(field.widget, forms.Textarea) else None


def _control(bound: BoundField, context: Mapping[str, Any], options: Mapping[str, Any]) -> SafeString:
    """The input, select, textarea or file input itself, with GOV.UK's classes."""
    widget, count = bound.field.widget, context["count"]
    stem = (
        "govuk-select" if isinstance(widget, forms.Select)
        else "govuk-textarea" if isinstance(widget, forms.Textarea)
        else "govuk-file-upload" if isinstance(widget, forms.FileInput)
        else "govuk-input"
    )  # fmt: skip
    classes = [stem, f"{stem}--error" if bound.errors else "", str(widget.attrs.get("class", ""))]
    classes += [f"govuk-input--width-{options['width']}" if options.get("width") else ""]
    classes += ["app-code" if options.get("code") else "", "govuk-js-character-count" if count else ""]
    attrs: dict[str, Any] = {"class": " ".join(filter(None, classes))}
    described = context["described_by"] + (f" {bound.auto_id}-info" if count else "")
    if described:
        attrs["aria-describedby"] = described.strip()
    if count:
        attrs["maxlength"] = False  # the count tells; cutting off what was pasted would lose it silently
    if options.get("code"):
        attrs |= {"spellcheck": "false", "autocapitalize": "none", "autocomplete": "off"}
    if isinstance(widget, (forms.PasswordInput, forms.EmailInput)):
        attrs["spellcheck"] = "false"
    if options.get("rows"):
        attrs["rows"] = options["rows"]
    return bound.as_widget(attrs=attrs)


def _date_parts(bound: BoundField) -> list[dict[str, Any]]:
    value = bound.value()
    values = value if isinstance(value, (list, tuple)) else GovDateInput().decompress(value)
    return [
        {"id": f"{bound.auto_id}_{index}", "name": f"{bound.html_name}_{name}", "label": label, "width": width,
         "value": values[index] or "", "error": bool(bound.errors)}
        for index, (name, label, width) in enumerate(GovDateInput.parts)
    ]  # fmt: skip


def _items(bound: BoundField) -> list[dict[str, Any]]:
    """The answers of a question, each with its hint and the fields that belong to it."""
    widget = bound.field.widget
    hints, reveals = getattr(widget, "hints", {}), getattr(widget, "reveals", {})
    items = []
    for sub in bound.subwidgets:
        value = str(sub.data["value"])
        items.append({
            "id": sub.id_for_label, "value": value, "label": sub.choice_label, "checked": sub.data["selected"],
            "hint": hints.get(value, ""), "reveals": [bound.form[name] for name in reveals.get(value, ())],
        })  # fmt: skip
    return items
