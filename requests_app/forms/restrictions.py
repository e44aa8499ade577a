"""What the company does before it answers its customer."""

from django import forms

from foundation.core.forms import GovDateField, PortalForm, Radios
from requests_app.notice_enums import CompanyDoes, CustomerAsks

_CHOICES = [(str(does), does.label) for does in (CompanyDoes.KEEP, CompanyDoes.PROCEED)]


class LookUpForm(PortalForm):
    """Which account a person looks up before a customer is answered, and why."""

    account = forms.CharField(
        label="Account",
        help_text="As the company's own systems name it",
        max_length=100,
        widget=forms.TextInput(attrs={"class": "govuk-input--width-20", "autocomplete": "off", "spellcheck": "false"}),
    )
    asks = forms.ChoiceField(
        label="What does the customer ask for?", choices=CustomerAsks.choices, widget=Radios(small=True)
    )
    wrote_on = GovDateField(
        label="When did the company receive it?",
        help_text="The day of the answer counts from it. For example 16 11 2026",
    )
    reason = forms.CharField(
        label="Why do you look?",
        help_text="For example the number of the customer's letter. It stands in the audit log",
        max_length=300,
    )


class DecideForm(PortalForm):
    """What the company does, and why."""

    decision = forms.ChoiceField(
        label="What does the company do?",
        choices=_CHOICES,
        widget=Radios(
            small=True,
            hints={
                "keep": "Nothing is deleted. The customer reads the same words as everybody",
                "proceed": "What the customer asked for is done, as if nobody had asked us",
            },
        ),
    )
    reason = forms.CharField(
        label="Why?",
        help_text="Read by legal and the auditor, never by the company's systems or the customer",
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=2000,
    )
