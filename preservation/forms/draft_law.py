"""What the law an officer chose asks for."""

from typing import Any

from django import forms

from foundation.core.forms import PortalForm, Radios
from foundation.documents.formfields import TakesUploads, UploadField
from preservation.models import PreservationHold
from preservation.services.draft_law import law_of
from preservation.services.extension_offers import wants_order


class LawForm(TakesUploads, PortalForm):
    """The signed document, and whether the offence is under the law of another country; each only where it is asked.

    A file that the draft has already is not asked for again; another one takes its place.
    """

    lock_version = forms.IntegerField(widget=forms.HiddenInput)
    foreign_offence = forms.TypedChoiceField(
        label="Is the offence under the law of another country?",
        coerce=lambda value: value == "yes",
        choices=[("yes", "Yes"), ("no", "No")],
        widget=Radios(inline=True),
        error_messages={"required": "Say whether the offence is under the law of another country"},
    )
    document = UploadField(
        label="The signed document, all pages",
        required=False,
        error_messages={"required": "Add the signed document"},
    )

    def __init__(self, *args: Any, draft: PreservationHold, **kwargs: Any) -> None:
        first = {
            "lock_version": draft.lock_version,
            "foreign_offence": {True: "yes", False: "no"}.get(draft.foreign_offence),  # type: ignore[arg-type]
        }
        super().__init__(*args, initial=first, **kwargs)
        kind = law_of(draft)
        if kind is None or not kind.foreign_days:
            del self.fields["foreign_offence"]
        else:
            days = f"If it is, we keep the records for {kind.foreign_days} days and not {kind.preservation_days}"
            self.fields["foreign_offence"].help_text = days
        self.fields["document"].required = wants_order(draft) and draft.document is None
        if draft.document is not None:
            self.fields["document"].label = "Another file in its place"

    def show_again(self, version: int) -> None:
        """Make the same answers saveable over what is stored now."""
        given: Any = self.data
        self.data = given.copy()
        self.data["lock_version"] = str(version)  # type: ignore[index]
