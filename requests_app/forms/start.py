"""Starting: what is needed, and from which company, where there are several."""

from typing import Any

from django import forms
from django.db.models import QuerySet

from foundation.core.forms import PortalForm, Radios
from foundation.providers.models import Provider
from requests_app.enums import RequestKind

HOLD = "hold"
# What can be needed, with one sentence each.
_NEEDS = (
    (RequestKind.DISCLOSURE, "Records", "You have an order or warrant, and need records of an account"),
    (RequestKind.EMERGENCY, "Records in an emergency", "Somebody may die or be badly hurt. One page, answered at once"),
    (RequestKind.FREEZE, "Freeze or seizure of assets", "You have an order to keep or transfer assets of an account"),
    (RequestKind.ENQUIRY, "An enquiry", "You need to know if an account is ours, and which company an order must name"),
    (HOLD, "Only to keep records", "You have no order yet. We keep the records for you, and hand out nothing"),
)


class StartForm(PortalForm):
    """The key makes two clicks one draft."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    company = forms.ModelChoiceField(
        label="Which company do you ask?", queryset=Provider.objects.none(), empty_label="Choose a company"
    )

    def __init__(self, *args: Any, providers: QuerySet[Provider], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._providers = list(providers)
        if len(self._providers) == 1:
            del self.fields["company"]
        else:
            self.fields["company"].queryset = providers  # type: ignore[attr-defined]

    def provider(self) -> Provider:
        """Return the one company, or the one that was chosen."""
        chosen: Provider = self.cleaned_data.get("company") or self._providers[0]
        return chosen


class NeedForm(StartForm):
    """The first question: everything but records has a page of its own."""

    need = forms.ChoiceField(
        label="What do you need?",
        choices=[(str(need), label) for need, label, _hint in _NEEDS],
        initial=str(RequestKind.DISCLOSURE),
        required=False,
        widget=Radios(hints={str(need): hint for need, _label, hint in _NEEDS}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "company" in self.fields:
            self.fields["company"].required = self.wanted() == RequestKind.DISCLOSURE

    def wanted(self) -> str:
        """Return what was chosen; nothing chosen means records."""
        return str(self.data.get("need") or RequestKind.DISCLOSURE)


class CopyForm(PortalForm):
    """A draft from an earlier request."""

    mark_optional = False
    key = forms.UUIDField(widget=forms.HiddenInput)
    identifiers = forms.BooleanField(label="Copy the identifiers too", required=False)
