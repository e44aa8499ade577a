"""A question to the officer: what is missing, the words, by when; put together in steps and read before it is sent."""

from collections.abc import Sequence
from typing import Any

from django import forms

from accounts.models import User
from foundation.core.forms import Checkboxes, GovDateField, PortalForm
from foundation.core.languages import CHOICES, language_name
from foundation.documents.formfields import TakesUploads, UploadsField
from foundation.notifications.languages import LANGUAGES
from requests_app.checks import Check
from requests_app.models import DataRequest, TextTemplate
from requests_app.services.questions import LONGEST_DAYS

_LONG = 4000
_POINT = "point_"
_ONE_LINE = 600


def language_choices(besides: str = "") -> list[tuple[str, str]]:
    """Return the languages of prepared texts: those of our mails, then all others."""
    first = [(code, language_name(code)) for code in LANGUAGES]
    known = {code for code, _name in first}
    return first + [(code, name) for code, name in CHOICES if code not in known]


class QuestionForm(TakesUploads, PortalForm):
    """A question to the officer.

    `ticked` are the checks whose points are drawn as boxes of their own; a check that is ticked and has no box yet is
    drawn when the texts are put in. Nothing is asked that the person who sends it has not seen.
    """

    checks = forms.MultipleChoiceField(
        label="What is missing, by the checks", required=False, widget=Checkboxes(small=True),
        help_text="Those that were answered No or Unclear",
    )  # fmt: skip
    prepared = forms.ChoiceField(label="A prepared text", required=False)
    language = forms.ChoiceField(label="Language", required=False)
    text = forms.CharField(
        label="Question", required=False, widget=forms.Textarea(attrs={"rows": 4}), max_length=_LONG,
        help_text="The officer reads exactly this. Name no other agency and no colleague",
    )  # fmt: skip
    introduction = forms.BooleanField(
        label="Only an introduction: nothing is asked here, each point below is answered", required=False
    )
    others = forms.CharField(
        label="Other points, one on each line", required=False, widget=forms.Textarea(attrs={"rows": 3}),
        max_length=_LONG, help_text="The officer answers each of them",
    )  # fmt: skip
    uploads = UploadsField(label="Documents of ours", required=False)
    days = forms.IntegerField(
        label="Working days for the answer", required=False, max_value=LONGEST_DAYS,
        widget=forms.NumberInput(attrs={"class": "govuk-input--width-3"}),
    )  # fmt: skip
    owner = forms.ChoiceField(label="Who follows it up and gets the answer?", required=False)
    mark_optional = False

    def __init__(
        self,
        *args: Any,
        data_request: DataRequest,
        open_checks: Sequence[Check] = (),
        texts: Sequence[TextTemplate] = (),
        colleagues: Sequence[User] = (),
        languages: Sequence[str] = tuple(LANGUAGES),
        sending: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.sending, self._checks = sending, {check.name: check for check in open_checks}
        self.texts = {str(row.uid): row for row in texts}
        self.colleagues = {str(person.pk): person for person in colleagues}
        usual = data_request.provider.question_days
        days, fields = self.fields["days"], self.fields
        days.initial, days.min_value = usual, usual  # type: ignore[attr-defined]
        days.help_text = f"{usual} or more, up to {LONGEST_DAYS}"
        self._choose("language", [(code, language_name(code)) for code in languages])
        self._choose("checks", [(check.name, check.text) for check in open_checks])
        self._choose("prepared", [("", "Choose"), *((uid, row.name) for uid, row in self.texts.items())])
        self._choose("owner", [("", "Me"), *((pk, person.get_full_name()) for pk, person in self.colleagues.items())])
        if not open_checks:
            del fields["checks"]
        for name in self.ticked:
            fields[f"{_POINT}{name}"] = forms.CharField(
                label=self._checks[name].text, required=False, max_length=_ONE_LINE * 2,
                widget=forms.Textarea(attrs={"rows": 3}),
            )  # fmt: skip

    def _choose(self, name: str, choices: list[tuple[str, str]]) -> None:
        field: Any = self.fields[name]
        field.choices = choices

    @property
    def ticked(self) -> list[str]:
        """The checks that are ticked, in their order."""
        given = self.data.getlist("checks") if hasattr(self.data, "getlist") else []
        return [name for name in self._checks if name in given]

    @property
    def points(self) -> list[Any]:
        """The boxes of the ticked checks, to be drawn."""
        return [self[f"{_POINT}{name}"] for name in self.ticked]

    @property
    def undrawn(self) -> list[str]:
        """The ticked checks that have no box yet."""
        return [name for name in self.ticked if f"{_POINT}{name}" not in self.data]

    @property
    def said_language(self) -> str:
        """The language that was chosen."""
        return self.cleaned_data.get("language") or "en"

    @property
    def items(self) -> list[dict[str, str]]:
        """What the officer answers point by point."""
        found = [{"check": name, "text": self.cleaned_data.get(f"{_POINT}{name}", "")} for name in self.ticked]
        found += [{"check": "", "text": line} for line in self.cleaned_data.get("others", "").splitlines()]
        return [item for item in found if item["text"].strip()]

    @property
    def follows(self) -> User | None:
        """Who follows it up, where that is not whoever asks."""
        return self.colleagues.get(self.cleaned_data.get("owner", ""))

    def clean(self) -> dict[str, Any]:
        """Refuse to send what nobody read, and what says nothing."""
        given = super().clean() or {}
        if not self.sending:
            return given
        if self.undrawn:
            self.add_error("checks", "Put in the texts of the points you ticked, read them, then send")
        elif not given.get("text", "").strip() and not self.items and "text" not in self.errors:
            self.add_error("text", "Enter the question, or a point")
        elif given.get("introduction") and not self.items:
            self.add_error("introduction", "Add a point: an introduction alone asks nothing")
        return given


class MoreTimeForm(PortalForm):
    """A later day for an answer, by staff."""

    until = GovDateField(label="Last day to answer", help_text="For example, 12 12 2026")


class RefuseTimeForm(PortalForm):
    """Why there is no more time."""

    reason = forms.CharField(
        label="Why is there no more time?", max_length=300, help_text="The officer reads it in the portal"
    )


class AddFilesForm(TakesUploads, PortalForm):
    """Documents of ours for a question that waits."""

    uploads = UploadsField(label="Documents of ours")


class AskMoreTimeForm(MoreTimeForm):
    """A later day for an answer, asked for by the officer."""

    reason = forms.CharField(label="Why do you need more time?", max_length=300, help_text="Our reviewer reads it")
