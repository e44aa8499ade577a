"""What is typed about records that were called back: by who took them, by staff, by counsel."""

from typing import Any

from django import forms

from foundation.core.forms import InstantField, PortalForm, Radios
from requests_app.services.mistakes import Decision, Told

_LONG = 4000
_YES_NO = (("yes", "Yes"), ("no", "No"))


def _words(label: str, hint: str = "", *, rows: int = 3, **more: Any) -> forms.CharField:
    """Return a field for sentences; one that asks a question has a message of its own."""
    if label.endswith("?"):
        more["error_messages"] = {"required": f"{label} Write it down."}
    return forms.CharField(
        label=label, help_text=hint, widget=forms.Textarea(attrs={"rows": rows}), max_length=_LONG, **more
    )


class DropForm(PortalForm):
    """Why nobody is asked to destroy anything."""

    dropped = _words("Why is nobody asked?", "Only staff read this", rows=2)


class FoundForm(PortalForm):
    """Why a stop for another cause turns out to be a mistaken disclosure."""

    found = _words("What reached whom?", "Counsel and the data-protection officer go on with it", rows=2)


class AnswerForm(PortalForm):
    """What somebody who took records says: destroyed, or why that cannot be."""

    done = forms.ChoiceField(
        label="Have you destroyed it?",
        choices=(("destroyed", "Yes, everything I took is destroyed"), ("kept", "No, it cannot be destroyed")),
        widget=Radios(hints={"kept": "For example, because it is in a court file already"}),
    )
    words = _words(
        "What you did, or why it cannot be", "For example, archive and unpacked files deleted, prints shredded"
    )
    copies = forms.ChoiceField(
        label="Did you pass any of it on?",
        choices=(("no", "No, nobody else has any of it"), ("yes", "Yes")),
        widget=Radios(reveals={"yes": ["passed_on"]}),
    )
    passed_on = _words("Who has a copy, and did you tell them?", rows=2, required=False)

    def clean(self) -> dict[str, Any]:
        """See that whoever passed copies on says to whom."""
        given = super().clean() or {}
        if given.get("copies") == "yes" and not given.get("passed_on", "").strip():
            self.add_error("passed_on", "Write who has a copy, and whether you told them.")
        return given

    @property
    def answer(self) -> dict[str, Any]:
        """Return it as the service takes it."""
        given = self.cleaned_data
        passed_on = given["passed_on"] if given["copies"] == "yes" else ""
        return {"destroyed": given["done"] == "destroyed", "words": given["words"], "passed_on": passed_on}


class NoteForm(AnswerForm):
    """What staff write down of an answer that came by phone or letter, or why somebody is asked no more."""

    done = forms.ChoiceField(
        label="What do you write down?",
        choices=(
            ("destroyed", "They said that everything is destroyed"),
            ("kept", "They said that it cannot be destroyed"),
            ("excused", "They are not asked any more"),
        ),
        widget=Radios(small=True),
    )
    words = _words("Who said what, when, and how it came", "Or why they are not asked any more", rows=2)
    copies = forms.ChoiceField(
        label="Did they pass any of it on?",
        choices=(("no", "No, or not known"), ("yes", "Yes")),
        initial="no",
        widget=Radios(small=True, reveals={"yes": ["passed_on"]}),
    )
    passed_on = _words("Who has a copy?", rows=2, required=False)


class MistakeForm(PortalForm):
    """What counsel or the data-protection officer decides about a mistaken disclosure."""

    assessment = _words(
        "What happened, whom it concerns, and what follows from it",
        "The kind and number of people and records, what could come of it, what was done against it (Art. 33(3))",
        rows=6,
    )
    authority = forms.ChoiceField(
        label="Is the supervisory authority told?", choices=_YES_NO, widget=Radios(inline=True)
    )
    authority_reason = _words(
        "Why is the authority told, or not?", "Not, where a risk to people is unlikely (Art. 33(1))", rows=2
    )
    holders = forms.ChoiceField(label="Are the account holders told?", choices=_YES_NO, widget=Radios(inline=True))
    holders_reason = _words(
        "Why are the account holders told, or not?", "Where a high risk to them is likely (Art. 34(1))", rows=2
    )

    @property
    def decision(self) -> Decision:
        """Return it as the service takes it."""
        given = self.cleaned_data
        return Decision(
            assessment=given["assessment"], tells_authority=given["authority"] == "yes",
            authority_reason=given["authority_reason"], tells_holders=given["holders"] == "yes",
            holders_reason=given["holders_reason"],
        )  # fmt: skip


class ToldForm(PortalForm):
    """When the authority and the account holders were told."""

    authority_at = InstantField(
        label="When was the authority told?", help_text="For example, 2026-06-04 15:30 +02:00", required=False
    )
    authority_reference = forms.CharField(label="Reference of the authority", max_length=100, required=False)
    late_reason = _words("Why later than 72 hours?", "Only where it was", rows=2, required=False)
    holders_at = InstantField(
        label="When were the account holders told?", help_text="For example, 2026-06-05 09:00 Z", required=False
    )

    @property
    def told(self) -> Told:
        """Return it as the service takes it."""
        return Told(**self.cleaned_data)
