"""What an officer writes about a request that was sent: answers, and taking it back."""

from typing import Any

from django import forms

from foundation.core.forms import PortalForm
from foundation.documents.formfields import TakesUploads, UploadsField
from requests_app.models import Clarification


class AnswerForm(TakesUploads, PortalForm):
    """The answer to a question, with documents: to each of its points, where it has some, and as a whole.

    `keeping`: it is kept as a draft, so that nothing is asked of it.
    """

    text = forms.CharField(label="Your answer", widget=forms.Textarea(attrs={"rows": 5}), max_length=6000)
    uploads = UploadsField(label="Documents", required=False)

    def __init__(self, *args: Any, question: Clarification | None = None, keeping: bool = False, **kwargs: Any) -> None:
        self._asked = question.items if question else []
        kwargs.setdefault("initial", _drafted(question))
        super().__init__(*args, **kwargs)
        text, in_text = self.fields["text"], question is None or question.asks_in_text
        if not in_text:
            text.required, text.label = False, "Anything else"
        elif self._asked:
            text.label = "Your answer to the question above"
            text.error_messages["required"] = "Answer the question above the points, or write why you cannot"
        for number, item in enumerate(self._asked, start=1):
            self.fields[f"item_{number}"] = forms.CharField(
                label=f"{number}. {item['text']}", max_length=4000, widget=forms.Textarea(attrs={"rows": 3}),
                error_messages={"required": f"Answer point {number}, or write why you cannot"},
            )  # fmt: skip
            self.fields[f"not_{number}"] = forms.BooleanField(
                label="I cannot give this. I wrote why above", required=False
            )
        names = [f"{part}_{number}" for number in range(1, len(self._asked) + 1) for part in ("item", "not")]
        self.order_fields(["text", *names, "uploads"] if in_text else [*names, "text", "uploads"])
        if keeping:
            for field in self.fields.values():
                field.required = False

    @property
    def items(self) -> list[dict[str, Any]]:
        """The answers to the points, in their order."""
        given = self.cleaned_data
        return [
            {"text": given.get(f"item_{number}", ""), "given": not given.get(f"not_{number}")}
            for number in range(1, len(self._asked) + 1)
        ]


def _drafted(question: Clarification | None) -> dict[str, Any]:
    """Return what was kept as a draft of the answer."""
    draft = getattr(question, "draft", None) if question else None
    if draft is None:
        return {}
    said: dict[str, Any] = {"text": draft.text}
    for number, item in enumerate(draft.items, start=1):
        said |= {f"item_{number}": item.get("text", ""), f"not_{number}": not item.get("given", True)}
    return said


class MoreDocumentsForm(TakesUploads, PortalForm):
    """Documents for a request that is with us."""

    uploads = UploadsField(label="Files")


class WithdrawForm(PortalForm):
    """Why a request is taken back."""

    reason = forms.CharField(label="Reason", max_length=300, required=False, help_text="The reviewer reads it")
