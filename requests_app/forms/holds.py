"""Which holds go on while a request is answered, and with which request a hold goes on."""

from collections.abc import Collection
from typing import Any

from django import forms
from django.template.defaultfilters import date as date_words

from foundation.core.forms import Checkboxes, PortalForm, Radios
from preservation.models import PreservationHold
from preservation.status_words import named
from requests_app.models import DataRequest

MOST = 50


class GoOnForm(PortalForm):
    """Holds of the officer whose time stands still until we answer."""

    holds = forms.MultipleChoiceField(
        label="Which holds belong to it?",
        required=False,
        widget=Checkboxes(small=True),
        help_text="Their time stands still until we answer, and runs again afterwards",
    )

    def __init__(self, *args: Any, offered: Collection[PreservationHold], needed: bool = False, **kwargs: Any) -> None:
        """offered: holds with their identifiers read; needed: one at least is to be chosen."""
        super().__init__(*args, **kwargs)
        self.known = {str(hold.uid): hold for hold in offered}
        field: Any = self.fields["holds"]
        field.choices = [(key, _hold_words(hold)) for key, hold in self.known.items()]
        if needed:
            field.required, field.error_messages["required"] = True, "Choose a hold"

    def chosen(self) -> list[PreservationHold]:
        """Return what was ticked; what has ended since the page was opened is an error of the form."""
        return [self.known[key] for key in self.cleaned_data.get("holds", [])]


class WithRequestForm(PortalForm):
    """The request of the officer with which a hold goes on."""

    request = forms.ChoiceField(label="Which request does it belong to?", widget=Radios())

    def __init__(self, *args: Any, offered: Collection[DataRequest], **kwargs: Any) -> None:
        """offered: the officer's open requests to the same company."""
        super().__init__(*args, **kwargs)
        self.known = {str(row.uid): row for row in offered}
        field: Any = self.fields["request"]
        field.choices = [(key, _request_words(row)) for key, row in self.known.items()]

    def chosen(self) -> DataRequest:
        """Return the request that was chosen."""
        return self.known[self.cleaned_data["request"]]


def _hold_words(hold: PreservationHold) -> str:
    ends = date_words(hold.expires_at, "j M Y") if hold.expires_at else ""
    return f"{hold.name}, {hold.reference}: {named(list(hold.identifiers.all()))}, ends {ends}"


def _request_words(row: DataRequest) -> str:
    return f"{row.title or row.case_number or 'Request'}, {row.reference}"
