"""Forms of the prepared texts: which are listed, and a text with what it is about."""

from typing import Any

from django import forms

from foundation.core.forms import PortalForm
from foundation.legal.countries import jurisdiction_names
from requests_app.checks import OF_EMERGENCY, OF_ENQUIRY, OF_FREEZE, OF_ORDER
from requests_app.enums import RedirectChannel, RefusalCode, TextPurpose
from requests_app.forms.questions import language_choices
from requests_app.models import TextTemplate
from requests_app.services import templates

_CHECKS = {check.name: check.text for check in (*OF_FREEZE, *OF_ENQUIRY, *OF_EMERGENCY, *OF_ORDER)}
_CODES = {code.value: str(code.label) for code in RefusalCode}
# What a text of each purpose can be about.
ABOUT: dict[str, dict[str, str]] = {
    TextPurpose.QUESTION: _CHECKS,
    TextPurpose.RETURN: _CODES,
    TextPurpose.REFUSE: _CODES,
    TextPurpose.REDIRECT: {c.value: str(c.label) for c in RedirectChannel} | {"emergency": "Of an emergency"},
    TextPurpose.GRANT: {"partial": "Disclosed in part"},
    TextPurpose.NO_RECORDS: {},
}


def about_words(row: TextTemplate) -> str:
    """Say what a text is about, in words; "General" where it is about nothing in particular."""
    return ABOUT[row.purpose].get(row.about, row.about) or "General"


class TextsFilter(PortalForm):
    """Which texts are listed."""

    mark_optional = False
    purpose = forms.ChoiceField(label="For", required=False, choices=[("", "All"), *TextPurpose.choices])
    country = forms.ChoiceField(label="Country", required=False)
    language = forms.ChoiceField(label="Language", required=False)

    def __init__(self, *args: Any, countries: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = jurisdiction_names()
        countries_named = [(code, names.get(code, code)) for code in sorted(filter(None, countries))]
        for name, choices in (("country", countries_named), ("language", language_choices())):
            field: Any = self.fields[name]
            field.choices = [("", "All"), *choices]


class TextForm(PortalForm):
    """The name and the words of a text."""

    name = forms.CharField(label="Name", max_length=100, help_text="Staff choose it by this")
    about = forms.ChoiceField(label="About", required=False)
    text = forms.CharField(label="Text", widget=forms.Textarea(attrs={"rows": 10}), max_length=6000)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, purpose: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["about"]
        field.choices = [("", "General"), *ABOUT.get(purpose, {}).items()]
        may = ", ".join(f"{{{name}}} ({templates.PLACEHOLDERS[name]})" for name in templates.known(purpose))
        self.fields["text"].help_text = f"Filled in when it is used: {may}"


class CopyForm(TextForm):
    """The same text in another language."""

    language = forms.ChoiceField(label="Language of the copy", choices=language_choices)
    field_order = ("language", "name", "about", "text")


class NewTextForm(TextForm):
    """A text of a new kind."""

    jurisdiction = forms.ChoiceField(label="Country of the officer", required=False)
    language = forms.ChoiceField(label="Language", choices=language_choices)
    field_order = ("name", "about", "jurisdiction", "language", "text")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["jurisdiction"]
        named = sorted(jurisdiction_names().items(), key=lambda pair: pair[1])
        field.choices = [("", "All countries"), *named]
