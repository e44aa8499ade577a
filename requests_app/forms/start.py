"""Starting a draft: which company, where there are several."""

from typing import Any

from django import forms
from django.db.models import QuerySet

from foundation.core.forms import PortalForm
from foundation.providers.models import Provider


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
