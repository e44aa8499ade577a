"""The end of a freeze: asked for, started by staff, recorded, or turned down."""

from django import forms
from django.utils import timezone

from foundation.core.forms import InstantField, PortalForm, Radios
from foundation.documents.formfields import TakesUploads, UploadField
from requests_app.services.lifting import CHOSEN


class AskLiftForm(TakesUploads, PortalForm):
    """What the officer sends: why, and the document that lifts it."""

    reason = forms.CharField(
        label="Why does the freeze end?",
        help_text="For instance, the court lifted it, or the case is closed",
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=2000,
        error_messages={"required": "Write why the freeze ends"},
    )
    upload = UploadField(label="The document that lifts it")


class BeginLiftForm(TakesUploads, PortalForm):
    """What staff say when they start a lift."""

    cause = forms.ChoiceField(
        label="Why does the freeze end?",
        choices=[(cause.value, cause.label) for cause in CHOSEN],
        widget=Radios(small=True),
        error_messages={"required": "Choose why the freeze ends"},
    )
    reason = forms.CharField(
        label="In your words",
        help_text="Say what it rests on: the decision and its date, the later request, or what went wrong",
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=2000,
        error_messages={"required": "Write why the freeze ends"},
    )
    upload = UploadField(label="The document, where the authority or the court lifted it", required=False)


class LiftDoneForm(PortalForm):
    """When people lifted it in our own systems."""

    done_at = InstantField(
        label="When was it lifted in our systems?",
        help_text="For example, 2026-06-04 14:30 Z",
        error_messages={"required": "Enter when it was lifted"},
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["done_at"].initial = timezone.now().replace(second=0, microsecond=0)


class DeclineLiftForm(PortalForm):
    """Why a lift that was asked for is not done."""

    reason = forms.CharField(
        label="Why it is not lifted",
        help_text="The officer reads this",
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=2000,
        error_messages={"required": "Write why it is not lifted"},
    )


class NotExtendedForm(PortalForm):
    """Why a later version of the order does not keep the assets longer."""

    why = forms.CharField(
        label="Why the freeze does not go on under it",
        help_text="The officer reads this",
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=2000,
        error_messages={"required": "Write why the freeze does not go on"},
    )
