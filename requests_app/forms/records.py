"""What staff type in about records and notices."""

from django import forms

from foundation.core.forms import PortalForm
from requests_app.enums import RecallCause


class StopForm(PortalForm):
    """Why downloads of a package stop."""

    cause = forms.ChoiceField(label="Why is it stopped?", choices=RecallCause.choices)
    reason = forms.CharField(
        label="What happened",
        help_text="Only staff read this",
        widget=forms.Textarea(attrs={"rows": 2}),
        max_length=1000,
    )


class WaiverForm(PortalForm):
    """Why an account holder must never be told."""

    reason = forms.CharField(
        label="Why must the account holder never be told?",
        help_text="For example, a child at risk, or a threat to life. A second person decides",
        widget=forms.Textarea(attrs={"rows": 2}),
        max_length=1000,
    )
