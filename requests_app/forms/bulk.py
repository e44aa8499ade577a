"""What is to be done to many requests at once, and the words of handing one over or giving it back."""

from collections.abc import Iterable
from typing import Any

from django import forms

from accounts.models import User
from foundation.core.forms import PortalForm, Radios
from foundation.providers.models import Team
from requests_app.enums import BulkAct, Rank
from requests_app.services.bulk import Change

_NEEDS = {
    BulkAct.ASSIGN: ("to", "Choose the colleague"),
    BulkAct.TEAM: ("team", "Choose the team"),
    BulkAct.RANK: ("rank", "Choose the priority"),
}


class BulkForm(PortalForm):
    """One act for all requests that were ticked."""

    act = forms.ChoiceField(
        label="What should happen to these requests?",
        choices=BulkAct.choices,
        widget=Radios(reveals={str(act): [name] for act, (name, _words) in _NEEDS.items()}),
    )
    to = forms.ChoiceField(label="Colleague", required=False)
    team = forms.ChoiceField(label="Team", required=False)
    rank = forms.ChoiceField(
        label="Priority", required=False,
        choices=[("", "Choose"), *((str(rank.value), rank.label) for rank in (Rank.PRIORITY, Rank.ROUTINE))],
    )  # fmt: skip
    mark_optional = False

    def __init__(
        self, *args: Any, colleagues: Iterable[tuple[User, str]], teams: Iterable[Team], **kwargs: Any
    ) -> None:
        people = list(colleagues)
        self.people = {str(person.pk): person for person, _words in people}
        self.teams = {str(team.pk): team for team in teams}
        super().__init__(*args, **kwargs)
        self.fields["to"].choices = [  # type: ignore[attr-defined]
            ("", "Choose"), *((str(person.pk), words) for person, words in people),
        ]  # fmt: skip
        self.fields["team"].choices = [  # type: ignore[attr-defined]
            ("", "Choose"), *((pk, team.name) for pk, team in self.teams.items()),
        ]  # fmt: skip

    def clean(self) -> dict[str, Any]:
        """Ask for what the chosen act needs."""
        given = super().clean() or {}
        name, words = _NEEDS.get(BulkAct(given["act"]), ("", "")) if given.get("act") else ("", "")
        if name and not given.get(name) and name not in self.errors:
            self.add_error(name, words)
        return given

    @property
    def change(self) -> Change:
        """What was chosen, of a form that is valid."""
        given = self.cleaned_data
        match BulkAct(given["act"]):
            case BulkAct.ASSIGN:
                return Change(BulkAct.ASSIGN, to=self.people[given["to"]])
            case BulkAct.TEAM:
                return Change(BulkAct.TEAM, team=self.teams[given["team"]])
            case BulkAct.RANK:
                return Change(BulkAct.RANK, rank=int(given["rank"]))
        return Change(BulkAct.TAKE)

    @property
    def chosen(self) -> list[tuple[str, str]]:
        """What was chosen as hidden fields of the page that confirms it."""
        return [(name, str(self.cleaned_data[name])) for name in self.fields if self.cleaned_data.get(name)]


class HandOverForm(PortalForm):
    """Who works on it from now on, and what they should know."""

    to = forms.ChoiceField(label="Who works on this request from now on?", widget=Radios())
    note = forms.CharField(
        label="Note for your colleague", required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Kept as an internal note of the request. Only staff read it",
    )  # fmt: skip

    def __init__(self, *args: Any, colleagues: Iterable[tuple[User, str]], **kwargs: Any) -> None:
        people = list(colleagues)
        self.people = {str(person.pk): person for person, _away in people}
        hints = {str(person.pk): away for person, away in people if away}
        super().__init__(*args, **kwargs)
        field = self.fields["to"]
        field.widget.hints = hints
        field.choices = [(pk, person.get_full_name()) for pk, person in self.people.items()]  # type: ignore[attr-defined]

    @property
    def colleague(self) -> User:
        """The person who was chosen."""
        return self.people[self.cleaned_data["to"]]


class GiveBackForm(PortalForm):
    """Why a request goes back into the queue."""

    reason = forms.CharField(
        label="Why do you give it back?", max_length=300, widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Whoever takes it next reads this. Staff only",
    )  # fmt: skip


class TeamForm(PortalForm):
    """Which team has it from now on: one that is named, or whichever the rules say today."""

    BY_RULES = "rules"
    team = forms.ChoiceField(label="Which team should have this request?", widget=Radios())
    reason = forms.CharField(
        label="Why?", max_length=200, widget=forms.Textarea(attrs={"rows": 3}), help_text="Staff only"
    )

    def __init__(self, *args: Any, teams: Iterable[Team], **kwargs: Any) -> None:
        self.teams = {str(team.pk): team for team in teams}
        super().__init__(*args, **kwargs)
        self.fields["team"].choices = [  # type: ignore[attr-defined]
            *((pk, team.name) for pk, team in self.teams.items()),
            (self.BY_RULES, "Whichever the routing rules say today"),
        ]  # fmt: skip

    @property
    def chosen(self) -> Team | None:
        """The team, or None where the rules decide."""
        return self.teams.get(self.cleaned_data["team"])
