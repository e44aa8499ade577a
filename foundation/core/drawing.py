"""How a field of a form is drawn: GOV.UK's markup, and what ties label, hint, errors and control together.

Pages use the tags `field`, `fields` and `error_summary` (foundation.core.templatetags.portal).
"""

from collections.abc import Iterator, Mapping
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _

from foundation.core.forms import GovDateInput


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
