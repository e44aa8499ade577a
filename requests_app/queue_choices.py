"""What the filters of the queue can be set to, for one person, and how each reads in words."""

from dataclasses import dataclass, field
from typing import Any

from django.db.models import Exists, OuterRef, Q

from accounts.models import TeamMembership, User
from accounts.permissions import Permission
from foundation.legal.models import Issuer, Jurisdiction
from foundation.providers.models import Provider, Team
from requests_app.enums import OPEN_STATUSES, Channel, RequestKind, RequestStatus
from requests_app.queue_filters import DUE, ME, NOBODY, VIEWS, YES, Filters
from requests_app.status_words import staff_words

_TITLES = {
    "process": "Issued by",
    "kind": "Kind",
    "channel": "Came by",
    "status": "Status",
    "country": "Country",
    "team": "Team",
    "assignee": "Assignee",
    "due": "Due",
    "due_from": "Due from",
    "due_to": "Due until",
    "restricted": "Only",
}
_UNKNOWN = "not known"


@dataclass(frozen=True)
class Choices:
    """Countries, teams and colleagues by what stands in the address; own teams are those the person is in."""

    countries: dict[str, str]
    teams: dict[str, str]
    colleagues: dict[str, str]
    own_teams: dict[str, str] = field(default_factory=dict)

    def words(self, filters: Filters) -> list[tuple[str, str]]:
        """Return each filter in force in words, the view aside, with its name in the address."""
        return [(name, f"{_TITLES[name]}: {self._value(name, filters)}") for name in filters.in_force]

    def sentence(self, filters: Filters) -> str:
        """Return all filters, and the view, as one line."""
        return ", ".join([VIEWS[filters.view], *(words for _name, words in self.words(filters))])

    def selects(self, *, restricted: bool) -> list[tuple[str, str, str, list[tuple[str, str]]]]:
        """Return each select of the filter bar: its name, label, the words for no choice, and the choices."""
        open_ones = [(str(status), staff_words(status)) for status in OPEN_STATUSES]
        assignees = [(ME, "Me"), (NOBODY, "Nobody"), *self.colleagues.items()]
        found: list[tuple[str, str, str, list[tuple[str, str]]]] = [
            ("process", "Issued by", "Anybody", list(Issuer.choices)),
            ("kind", "Kind", "Any", list(RequestKind.choices)),
            ("channel", "Came by", "Any way", list(Channel.choices)),
            ("status", "Status", "Any open", open_ones),
            ("country", "Country", "Any", list(self.countries.items())),
            ("team", "Team", "Any", list(self.teams.items())),
            ("assignee", "Assignee", "Anyone", assignees),
            ("due", "Due", "Any time", list(DUE.items())),
        ]
        if restricted:
            found.append(("restricted", "Readers", "Any", [(YES, "Restricted requests")]))
        return found

    def unknown(self, filters: Filters) -> list[str]:
        """Return the filters whose value names nothing this person could have chosen."""
        return [words for name, words in self.words(filters) if self._value(name, filters) == _UNKNOWN]

    def _value(self, name: str, filters: Filters) -> str:
        known: dict[str, dict[Any, Any]] = {
            "process": dict(Issuer.choices),
            "kind": dict(RequestKind.choices),
            "channel": dict(Channel.choices),
            "status": {str(status): staff_words(status) for status in RequestStatus},
            "country": self.countries,
            "team": self.teams,
            "assignee": {ME: "Me", NOBODY: "Nobody"} | self.colleagues,
            "due": DUE,
            "restricted": {YES: "Restricted requests"},
        }
        value = filters.as_dict()[name]
        return str(known[name].get(value, _UNKNOWN)) if name in known else value


def read(user: User) -> Choices:
    """Read them: three queries. Teams and colleagues are those of the companies this person works for."""
    providers = user.staff_roles.filter(ended_at=None).values("provider")
    mine = TeamMembership.objects.filter(user=user, team=OuterRef("pk"))
    # The team for restricted requests is one to look for only where one is in it oneself.
    closed = Provider.objects.filter(restricted_team=OuterRef("pk"))
    rows = Team.objects.filter(provider__in=providers).annotate(own=Exists(mine)).filter(Q(own=True) | ~Exists(closed))
    teams = list(rows.order_by("name", "pk"))
    people = User.objects.holding([Permission.REVIEW_REQUEST]).filter(
        staff_roles__provider__in=providers, staff_roles__ended_at=None
    )
    return Choices(
        countries=dict(Jurisdiction.objects.order_by("name").values_list("code", "name")),
        teams={str(team.pk): team.name for team in teams},
        colleagues={str(person.pk): person.get_full_name() for person in people.order_by("full_name", "pk")},
        own_teams={str(team.pk): team.name for team in teams if team.own},
    )
