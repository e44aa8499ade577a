"""What came of a finding of the weekly report, and of the whole week."""

from django import forms

from foundation.core.forms import PortalForm

_LONG = 2000


class FindingForm(PortalForm):
    """What came of one finding."""

    note = forms.CharField(
        label="What came of it?",
        help_text="What you looked at, whom you asked, and what follows",
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=_LONG,
    )


class CloseForm(PortalForm):
    """What the review of the week came to."""

    note = forms.CharField(
        label="What did the review come to?",
        help_text="Kept with the week, your name and the time",
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=_LONG,
    )
