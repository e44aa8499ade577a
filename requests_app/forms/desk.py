"""What the desk types in: questions, notes, hand-overs, calls, and the two answers of a second person."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.validators import MaxLengthValidator

from foundation.core.forms import PortalForm, Radios
from requests_app.enums import RefusalCode, RequestKind
from requests_app.line_words import line_numbers

_LONG = 4000


class FindForm(PortalForm):
    """Words that are looked for in one document."""

    words = forms.CharField(
        label="Words",
        help_text="Pages on which all of them stand, in any order",
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": "Enter the words to look for"},
    )


class NoteForm(PortalForm):
    """A note that only staff read."""

    text = forms.CharField(label="Add a note", widget=forms.Textarea(attrs={"rows": 3}), max_length=_LONG)


class ReturnForm(PortalForm):
    """What is missing in a request that cannot be started."""

    code = forms.ChoiceField(
        label="What is missing?",
        choices=[
            (code.value, code.label)
            for code in (
                RefusalCode.NOT_SIGNED,
                RefusalCode.DATES,
                RefusalCode.LANGUAGE,
                RefusalCode.NO_LEGAL_BASIS,
                RefusalCode.WRONG_ENTITY,
                RefusalCode.OVERBROAD,
            )
        ],
        widget=Radios(),
    )
    text = forms.CharField(
        label="What must the officer add?",
        help_text="The officer reads this in the portal. The mail only says that something is missing",
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=_LONG,
    )


class SignForm(PortalForm):
    """The second person's answer: approve what was seen, or send it back."""

    seen = forms.CharField(widget=forms.HiddenInput, max_length=64)
    conflict = forms.BooleanField(label="I know nobody in this case and have no interest in it", required=False)
    read = forms.BooleanField(label="I read the order and all lines", required=False)
    why = forms.CharField(
        label="Reason", help_text="Needed to send back. Staff only", required=False,
        widget=forms.Textarea(attrs={"rows": 3}), validators=[MaxLengthValidator(_LONG)],
    )  # fmt: skip
    mark_optional = False

    def __init__(
        self, *args: Any, approving: bool = False, ticked: Sequence[int] = (), lines: int = 0,
        kind: str = RequestKind.DISCLOSURE, **kwargs: Any,
    ) -> None:  # fmt: skip
        self.approving, self.ticked = approving, ticked
        super().__init__(*args, **kwargs)
        if kind == RequestKind.FREEZE:
            self.fields["read"].label = "I read the order and what is to be frozen"
        elif kind == RequestKind.EMERGENCY:
            self.fields["read"].label = "I read the emergency statement, the calls, the reasons, and all lines"
        elif lines == 1:
            self.fields["read"].label = "I read it all"
        elif lines or kind == RequestKind.ENQUIRY:
            all_lines = f"all {lines} lines" if lines else "all lines"
            self.fields["read"].label = f"I read {'' if kind == RequestKind.ENQUIRY else 'the order and '}{all_lines}"

    def clean(self) -> dict[str, Any]:
        """Ask for both ticks to approve and for nothing that sends back; for a reason to send back."""
        given = super().clean() or {}
        if self.approving:
            self._clean_one_answer(given)
            for name in ("conflict", "read"):
                if not given.get(name):
                    self.add_error(name, f"Tick the box to approve: {self.fields[name].label}")
        elif not str(given.get("why", "")).strip():
            self.add_error("why", "Reason: write why you send it back")
        return given

    def _clean_one_answer(self, given: dict[str, Any]) -> None:
        """Refuse an approval beside which something is marked or written to send it back."""
        if self.ticked:
            them = "it" if len(self.ticked) == 1 else "them"
            said = f"You marked {line_numbers(self.ticked).lower()} to be sent back: untick {them}, or send"
            self.add_error("why" if given.get("why") else None, f"{said} the decision back")
        elif str(given.get("why", "")).strip():
            self.add_error("why", "You wrote why you send it back: empty the reason, or send the decision back")
