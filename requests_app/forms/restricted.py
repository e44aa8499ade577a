"""Restricted requests: the officer's tick on a draft, and the readers that staff name."""

from collections.abc import Sequence
from typing import Any

from django import forms

from accounts.models import User
from foundation.core.forms import Checkboxes, PortalForm, Radios
from requests_app.enums import RestrictedGround
from requests_app.services.readers import reason_words

_OFFICERS = (RestrictedGround.SEALED, RestrictedGround.INTERNAL, RestrictedGround.PROTECTED, RestrictedGround.OTHER)
_STAFFS = (RestrictedGround.PROTECTED, RestrictedGround.INTERNAL, RestrictedGround.SEALED, RestrictedGround.OTHER)
_WORDS = 200


class _GroundForm(PortalForm):
    """Why only named people may read it."""

    ground = forms.ChoiceField(label="Why?", choices=[], required=False)
    words = forms.CharField(label="In your words", max_length=_WORDS, required=False)
    offered: Sequence[RestrictedGround] = _STAFFS

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["ground"]
        field.widget = Radios(reveals={RestrictedGround.OTHER.value: ["words"]})
        field.choices = [(ground.value, ground.label) for ground in self.offered]

    def check_ground(self, values: dict[str, Any]) -> None:
        """Ask for the ground, and for words where it is another one."""
        if not values.get("ground") and "ground" not in self.errors:
            self.add_error("ground", "Say why only named people may read it")
        if values.get("ground") == RestrictedGround.OTHER and not (values.get("words") or "").strip():
            self.add_error("words", "Write why, in a few words")

    @property
    def because(self) -> str:
        """Return what is kept of the reason."""
        words = self.cleaned_data["words"] if self.cleaned_data["ground"] == RestrictedGround.OTHER else ""
        return reason_words(self.cleaned_data["ground"], words)


class RestrictedForm(_GroundForm):
    """The officer's tick: only named people may read this request."""

    lock_version = forms.IntegerField(widget=forms.HiddenInput)
    restricted = forms.BooleanField(label="Only named people may read this request", required=False)
    field_order = ("lock_version", "restricted", "ground", "words")
    offered = _OFFICERS
    mark_optional = False

    def clean(self) -> dict[str, Any]:
        """Ask why where it is ticked."""
        values = super().clean() or {}
        if values.get("restricted"):
            self.check_ground(values)
        return values


class RestrictForm(_GroundForm):
    """A reviewer restricts a request that came in, and names who reads it beside them."""

    people = forms.MultipleChoiceField(
        label="Who reads it beside you?", choices=[], required=False, widget=Checkboxes(),
        help_text="At least one approver, so that somebody can sign",
    )  # fmt: skip
    mark_optional = False

    def __init__(self, *args: Any, people: Sequence[tuple[User, str]], **kwargs: Any) -> None:
        self._people = {str(person.pk): person for person, _words in people}
        super().__init__(*args, **kwargs)
        field: Any = self.fields["people"]
        field.choices = [(str(person.pk), f"{person.get_full_name()}, {words}") for person, words in people]

    def clean(self) -> dict[str, Any]:
        """Ask why."""
        values = super().clean() or {}
        self.check_ground(values)
        return values

    @property
    def chosen(self) -> list[User]:
        """Return the people who were ticked."""
        return [self._people[key] for key in self.cleaned_data["people"]]


class ReaderForm(PortalForm):
    """One person more or less, and why."""

    person = forms.ChoiceField(label="Who?", choices=[])
    reason = forms.CharField(label="Why?", max_length=300, help_text="Staff only. Nothing of the case")

    def __init__(self, *args: Any, people: Sequence[tuple[User, str]], adding: bool, **kwargs: Any) -> None:
        self._people = {str(person.pk): person for person, _words in people}
        super().__init__(*args, **kwargs)
        field: Any = self.fields["person"]
        field.label = "Who may read it too?" if adding else "Who may not read it any more?"
        words = [(str(person.pk), f"{person.get_full_name()}, {said}") for person, said in people]
        field.choices = [("", "Choose a person"), *words]

    @property
    def chosen(self) -> User:
        """Return the person who was chosen."""
        return self._people[self.cleaned_data["person"]]
