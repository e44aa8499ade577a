"""Forms of the line to the company's own systems."""

from django import forms

from foundation.core.forms import PortalForm
from foundation.notifications.hooks.addresses import AddressRefused, split


class AddressForm(PortalForm):
    """Where the systems are."""

    # No URLField: it would mend what was typed, and accept what may not be called.
    url = forms.CharField(
        label="Address",
        help_text="Begins with https://. The paths of the description follow it: https://connector.example answers "
        "at https://connector.example/v1/about",
        widget=forms.TextInput(attrs={"class": "app-code", "autocomplete": "off", "spellcheck": "false"}),
    )

    def clean_url(self) -> str:
        """Refuse what is no address; where it leads, the service looks up."""
        url = str(self.cleaned_data["url"]).rstrip("/")
        try:
            parts, _port = split(url, example="https://connector.example")
            if parts.query:
                raise forms.ValidationError("Leave out what follows a question mark.")
            if parts.path.endswith("/v1"):
                raise forms.ValidationError("Leave out /v1 at the end: every path of the description begins with it.")
        except AddressRefused as refusal:
            raise forms.ValidationError(str(refusal)) from refusal
        return url


class EndKeyForm(PortalForm):
    """Why a key ends."""

    reason = forms.CharField(label="Why does it end?", max_length=300, widget=forms.Textarea(attrs={"rows": 3}))
