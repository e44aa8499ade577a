"""What is asked when a part of a hold is released, staff end one, or a treaty request still runs."""

from collections.abc import Iterable
from typing import Any

from django import forms

from foundation.core.forms import Checkboxes, PortalForm
from preservation.models import HeldIdentifier

MOST_WORDS = 500


class PartForm(PortalForm):
    """Which of what was named need not be kept any more, and why."""

    part = forms.MultipleChoiceField(label="What can we stop keeping?", widget=Checkboxes(small=True))
    reason = forms.CharField(label="Why can we stop?", widget=forms.Textarea(attrs={"rows": 3}), max_length=MOST_WORDS)

    def __init__(self, *args: Any, kept: Iterable[HeldIdentifier], staff: bool = False, **kwargs: Any) -> None:
        """kept: what the hold is still for; staff: asked of staff, whose reason the officer reads."""
        super().__init__(*args, **kwargs)
        self.items = {str(item.pk): item for item in kept}
        field: Any = self.fields["part"]
        field.choices = [(key, self._words(item)) for key, item in self.items.items()]
        if staff:
            self.fields["reason"].help_text = "The officer reads it"

    def chosen(self) -> list[HeldIdentifier]:
        """Return what was ticked."""
        return [self.items[key] for key in self.cleaned_data["part"]]

    @staticmethod
    def _words(item: HeldIdentifier) -> str:
        kind = f"{item.get_kind_display()}, {item.beside}" if item.beside else item.get_kind_display()
        return f"{item.given} ({kind})"


class EndEarlyForm(PortalForm):
    """Why staff end a hold before its time."""

    reason = forms.CharField(
        label="Why do we stop keeping these records?",
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=MOST_WORDS,
        help_text="The officer reads it",
    )


class StillRunsForm(PortalForm):
    """How an officer knows that the treaty request still runs."""

    words = forms.CharField(
        label="Which treaty request is it, and how does it stand?",
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=MOST_WORDS,
        help_text="For example its number, the authority that has it, and when you last heard",
    )
