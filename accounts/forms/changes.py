"""The form of an officer whose address or agency changed."""

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.enums import ChangeOf
from foundation.core.forms import PortalForm, Radios


class ChangeOfAddressForm(PortalForm):
    """What changed, and the new official address."""

    kind = forms.ChoiceField(
        label=_("What changed?"),
        choices=ChangeOf.choices,
        widget=Radios(
            hints={
                ChangeOf.ADDRESS: str(_("Your access stays until we have checked the new address")),
                ChangeOf.AGENCY: str(_("Your access ends now, and opens again when we have checked the new agency")),
            }
        ),
    )
    email = forms.CharField(
        label=_("Your new official e-mail address"),
        max_length=254,
        help_text=_("In your own name. Private addresses are refused"),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )


class ConfirmForm(PortalForm):
    """Nothing to fill in: the button says it."""
