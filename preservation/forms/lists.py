"""What staff ask of the list of holds: a search; and what they note of a long hold."""

from typing import Any

from django import forms

from foundation.core.forms import PortalForm, Radios


class SearchForm(PortalForm):
    """Anything somebody knows of a hold."""

    mark_optional = False

    words = forms.CharField(
        label="Reference, case number, agency or identifier",
        max_length=200,
        error_messages={"required": "Write what you look for"},
    )


class LookForm(PortalForm):
    """What somebody found about a long hold, or that its officer is asked."""

    look = forms.ChoiceField(
        label="What do you do?",
        choices=[("ask", "Ask the officer whether it is still needed"), ("note", "Note why it goes on")],
        widget=Radios(),
    )
    note = forms.CharField(
        label="Note",
        help_text="For colleagues. The officer does not read it",
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def clean(self) -> dict[str, Any]:
        """Ask for words where nobody is asked."""
        values = super().clean() or {}
        if values.get("look") == "note" and not values.get("note", "").strip():
            self.add_error("note", "Note: say why these records are kept on")
        return values


class NeededForm(PortalForm):
    """The officer's answer to whether a long hold is still needed."""

    answer = forms.CharField(
        label="What is under way, and when do you expect it?",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Write what is under way"},
    )
