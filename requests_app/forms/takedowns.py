"""A notice to take content down: what it says, what was done about it, and why it goes back."""

from typing import Any

from django import forms

from foundation.core.forms import InstantField, PortalForm, Radios
from foundation.documents.formfields import TakesUploads, UploadField
from foundation.legal.countries import jurisdiction_names
from requests_app.enums import Channel, TakedownStatus
from requests_app.services.takedowns import LAW

_CHANNELS = (Channel.SAHYOG, Channel.EMAIL, Channel.POST, Channel.FAX)
_LONG = 20_000


class TakedownForm(TakesUploads, PortalForm):
    """A notice as it stands on paper or in the other system."""

    channel = forms.ChoiceField(
        label="How did it arrive?",
        choices=[(str(c), c.label) for c in _CHANNELS],
        widget=Radios(inline=True, small=True),
    )
    external_reference = forms.CharField(
        label="Its number there", help_text="As Sahyog or the letter calls it", max_length=100, required=False
    )
    arrived_at = InstantField(
        label="When it arrived",
        help_text="When it reached the company, not when you read it. For example, 2026-11-20 09:15 +05:30",
    )
    jurisdiction = forms.ChoiceField(label="Country")
    authority = forms.CharField(label="Authority that sent it", max_length=200)
    agency = forms.CharField(
        label="Agency in our registry", required=False, max_length=200,
        help_text="Its name as in the registry, or its e-mail domain",
    )  # fmt: skip
    officer_words = forms.CharField(
        label="Who signed it, with rank", required=False, max_length=200,
        help_text="A notice under section 79(3)(b) comes from a senior officer who was authorised for it",
    )  # fmt: skip
    law = forms.CharField(label="Law it names", max_length=200, initial=LAW)
    content = forms.CharField(
        label="What is to be taken down", widget=forms.Textarea(attrs={"rows": 5}), max_length=_LONG,
        help_text="Addresses, names or numbers, one on each line",
    )  # fmt: skip
    reason = forms.CharField(
        label="Why, in their words", widget=forms.Textarea(attrs={"rows": 3}), max_length=_LONG, required=False
    )
    upload = UploadField(label="The notice itself", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = sorted(jurisdiction_names().items(), key=lambda pair: pair[1])
        self.fields["jurisdiction"] = forms.ChoiceField(label="Country", choices=names, initial="IN")
        self.order_fields(list(type(self).base_fields))


class ProposeForm(PortalForm):
    """What the company does about a notice."""

    answer = forms.ChoiceField(
        label="What does the company do?",
        choices=[
            (str(TakedownStatus.COMPLIED), "Comply: it was taken down"),
            (str(TakedownStatus.DECLINED), "Decline"),
        ],
        widget=Radios(small=True),
    )
    done = forms.CharField(
        label="What was done, or why it is declined",
        help_text="It stands in the reply to the authority. Write nothing about the account holder",
        widget=forms.Textarea(attrs={"rows": 5}),
        max_length=4000,
    )


class SendBackForm(PortalForm):
    """What is to be changed before somebody signs."""

    reason = forms.CharField(label="What is to be changed?", widget=forms.Textarea(attrs={"rows": 3}), max_length=1000)
