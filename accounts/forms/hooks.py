"""Forms of hooks."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from foundation.core.forms import Checkboxes, PortalForm, Radios
from foundation.notifications.hooks.addresses import AddressRefused, split
from foundation.notifications.hooks.words import CHOICES, PROPOSED
from foundation.notifications.models import Hook


class HookForm(PortalForm):
    """What a hook is called, where it leads and what it wants."""

    name = forms.CharField(label=_("Name"), max_length=100, help_text=_("For example: Pager of the night desk"))
    # No URLField: it would mend what was typed, and accept what may not be called. No max_length either: browsers would
    # cut what is pasted without a word.
    url = forms.CharField(
        label=_("Address"),
        help_text=_("Begins with https:// and is reachable from here. Only administrators see the whole of it"),
        widget=forms.TextInput(attrs={"class": "app-code", "autocomplete": "off", "spellcheck": "false"}),
    )
    events = forms.MultipleChoiceField(
        label=_("Call it when"),
        choices=CHOICES,
        initial=PROPOSED,
        widget=Checkboxes(hints={value: value for value, _label in CHOICES}),
    )
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def clean_url(self) -> str:
        """Refuse what is no address, together with whatever else is wrong; where it leads, the service looks up."""
        url: str = self.cleaned_data["url"]
        try:
            split(url)
        except AddressRefused as refusal:
            raise forms.ValidationError(str(refusal)) from refusal
        return url

    @classmethod
    def initial_of(cls, hook: Hook) -> dict[str, Any]:
        """What the form shows of a hook that is there."""
        return {"name": hook.name, "url": hook.url, "events": hook.events, "version": hook.lock_version}


class SecretForm(PortalForm):
    """What becomes of the secret that is replaced."""

    old = forms.ChoiceField(
        label=_("What becomes of the secret so far"),
        choices=[("keep", _("It signs too for 24 hours")), ("end", _("It ends now"))],
        widget=Radios(
            hints={
                "keep": "Calls carry both signatures, so that the receiver can change over without losing one",
                "end": "Choose this if somebody may have read it. Calls fail until the receiver has the new one",
            }
        ),
    )
