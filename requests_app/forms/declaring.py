"""What somebody says who must keep away from a case."""

from django import forms
from django.utils.translation import gettext_lazy as _

from foundation.core.forms import PortalForm, Radios


class ConflictForm(PortalForm):
    """What the conflict is about, and why."""

    REQUEST, AGENCY = "request", "agency"

    about = forms.ChoiceField(
        label=_("What do you keep away from?"),
        choices=[(REQUEST, _("This request")), (AGENCY, _("Everything of this agency"))],
        initial=REQUEST,
        widget=Radios(small=True),
    )
    reason = forms.CharField(
        label=_("Why"),
        help_text=_("For example, a neighbour is named in it. Approvers can read this, the officer cannot"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
