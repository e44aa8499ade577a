"""A small company, two agencies with their officers, and requests in every part of their lives.

Beside the rows stands what a plain person would write down of them (Notes): who has which role, who is suspended, whose
a request is and who was let in. Acts that succeed change the notes by hand. Who may see what is asked of the notes by
the few lines in this file, and never of the portal.
"""

from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.utils import timezone

from accounts.models import AgencyMembership, User
from foundation.core.identifiers import Identifier
from foundation.core.paper import PDF
from foundation.documents import services as documents
from foundation.providers.connectors.base import Account, Match, Result
from preservation.models import PreservationHold
from requests_app.models import DataRequest, DisclosurePackage
from requests_app.services import building, decisions, downloads, notices, packages, paper_looks, review
from tests.accounts.applied import applied
from tests.factories import request_at
from tests.people import make_agency, make_officer, make_provider, make_staff, make_user
from tests.preservation.holds import draft_of, extension_of, hold_of
from tests.requests_app.desk.pages import REFUSAL, TERMS, produce_all
from tests.requests_app.kinds.cases import freeze_at
from tests.requests_app.records.company import Company

START = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
STAFF = {
    "ana": ("analyst",),
    "abe": ("analyst",),
    "both": ("analyst", "approver"),
    "per": ("approver",),
    "pia": ("approver",),
    "cleo": ("counsel",),
    "dora": ("dpo",),
    "curt": ("custodian",),
    "hal": ("preservation_admin",),
    "hana": ("preservation_admin",),
    "aud": ("auditor",),
    "adam": ("administrator",),
    "ada": ("administrator",),
}
OFFICERS = {"olsen": "north", "berg": "north", "dahl": "north", "lena": "north", "stranger": "south", "sol": "south"}
LEADS = {"lena", "sol"}
# Who asks to be let in, and where.
APPLICANTS = {"newt": "north", "nia": "south", "ned": "north"}
# Who reads requests at the desk, once sent; and who decides on holds reads every hold.
DESK = {"analyst", "approver", "counsel", "dpo", "custodian", "auditor"}
HOLD_DESK = DESK | {"preservation_admin"}


@dataclass
class Case:
    """A request, or a hold, as the notes have it."""

    owner: str
    agency: str
    sent: bool = False
    with_us: bool = False
    restricted: bool = False
    followers: set[str] = field(default_factory=set)
    readers: set[str] = field(default_factory=set)


@dataclass
class Notes:
    """What a plain person writes down."""

    roles: dict[str, set[str]]
    agency: dict[str, str]
    leads: set[str]
    suspended: set[str] = field(default_factory=set)
    shut: set[str] = field(default_factory=set)
    conflicts: set[tuple[str, str]] = field(default_factory=set)
    resting: set[str] = field(default_factory=set)
    requests: dict[int, Case] = field(default_factory=dict)
    holds: dict[int, Case] = field(default_factory=dict)

    def acts(self, name: str) -> bool:
        """Say whether an officer may do anything at all."""
        return name in self.agency and name not in self.suspended and self.agency[name] not in self.shut

    def sees(self, name: str, case: Case, *, desk: set[str] = DESK, hold: bool = False) -> bool:
        """Say whether a person sees this."""
        if name in self.agency:
            return self.acts(name) and self._officer_sees(name, case, hold=hold)
        if not case.with_us or not self.roles.get(name, set()) & desk or self._away(name, case):
            return False
        if not case.restricted:
            return True
        return "preservation_admin" in self.roles[name] if hold else name in case.readers

    def _officer_sees(self, name: str, case: Case, *, hold: bool) -> bool:
        if case.owner == name:
            return True
        if not case.sent or (self.agency[name] != case.agency and name not in case.followers):
            return False
        if case.restricted:
            return not hold and name in case.followers and name in case.readers
        return name in case.followers or name in self.leads

    def _away(self, name: str, case: Case) -> bool:
        return (name, case.agency) in self.conflicts


class Accounts(Company):
    """The company's systems: an identifier means the account of its own name, one kind means two."""

    def match(self, identifiers: list[Identifier]) -> list[Match]:
        """One account for each, but for numbers that end in 7."""
        return [self._match(found) for found in identifiers]

    def _match(self, found: Identifier) -> Match:
        one = Account(uid=f"ACC-{found.normalised[:6].upper()}", label="J... H...")
        if not found.normalised.endswith("7"):
            return Match(found, Result.EXACT, "One account.", (one,))
        other = Account(uid=f"{one.uid}-2", label="K... H...")
        return Match(found, Result.AMBIGUOUS, "Two accounts.", (one, other))


class World:
    """Everybody and everything, and the notes about them."""

    def __init__(self, company: Accounts) -> None:
        self.provider = make_provider()
        self.agencies = {name: make_agency(f"{name.title()} Police") for name in ("north", "south")}
        self.people = {name: make_staff(*roles).pk for name, roles in STAFF.items()}
        for name, agency in OFFICERS.items():
            self.people[name] = make_officer(self.agencies[agency], lead=name in LEADS).pk
        for name, agency in APPLICANTS.items():
            self.people[name] = self._applicant(name, self.agencies[agency])
        self.names = {pk: name for name, pk in self.people.items()}
        # Nobody's access ends while the clock of a life runs.
        AgencyMembership.objects.update(verify_again_at=datetime(2036, 1, 1, tzinfo=UTC))
        self.guidelines = settings.GUIDELINES_VERSION
        self.notes = Notes({n: set(r) for n, r in STAFF.items()}, dict(OFFICERS), set(LEADS))
        self.clock: Any = None
        self.company = company
        self.agency_names = {agency.pk: name for name, agency in self.agencies.items()}

    @staticmethod
    def _applicant(name: str, agency: Any) -> int:
        """Somebody whose application waits."""
        user = make_user(f"{name}@{agency.domains.first().domain}")
        card = documents.write_generated(
            b"%PDF-1.7 card", filename="card.pdf", media_type=PDF, purpose="identity", by=user, preview=False
        )
        said = {"supervisor_name": "S. Carrow", "supervisor_contact": "ext 12", "proof_kind": "service_card"}
        applied(agency, user=user, unit="Fraud", identity_document=card, **said)
        return user.pk

    def person(self, name: str | None) -> User | None:
        """Return somebody as the next click reads them: nothing is remembered; None is the system."""
        return None if name is None else User.objects.get(pk=self.people[name])

    def everybody(self) -> dict[str, User]:
        """Return everybody as the next click reads them, in three queries."""
        found = User.objects.filter(pk__in=self.names).prefetch_related("staff_roles").in_bulk()
        members = AgencyMembership.objects.filter(user__in=self.names, ended_at=None).select_related("agency")
        standing = {member.user_id: member for member in members}
        for pk, person in found.items():
            person.__dict__["membership"] = standing.get(pk)
        return {name: found[pk] for name, pk in self.people.items()}

    def name(self, pk: int | None) -> str:
        """Return the name of somebody by their key."""
        return self.names.get(pk or 0, "somebody else")

    def wrote(self, row: DataRequest) -> Case:
        """Note a request as it was made."""
        owner = self.names[row.officer_id]
        case = Case(owner, self.agency_names[row.agency_id], sent=row.submitted_at is not None)
        case.with_us = case.sent and row.status != "draft"
        case.restricted = row.restricted
        case.readers = {self.name(pk) for pk in row.named_readers.values_list("pk", flat=True)}
        self.notes.requests[row.pk] = case
        return case

    def wrote_hold(self, hold: PreservationHold) -> Case:
        """Note a hold as it was made."""
        case = Case(self.names[hold.officer_id], self.agency_names[hold.agency_id], restricted=hold.restricted)
        case.sent = case.with_us = hold.requested_at is not None
        self.notes.holds[hold.pk] = case
        return case

    def copy_of_notes(self) -> Notes:
        """Return the notes to begin with, for another run from the same rows."""
        return deepcopy(self.notes)

    def furnish(self) -> None:
        """Fill the desk: requests from the first draft to the last recall, and holds."""
        self._waiting_requests()
        self._granted_requests()
        olsen = self.person("olsen")
        for hold in (draft_of(olsen), hold_of(olsen), hold_of(self.person("sol"))):
            self.wrote_hold(hold)
        old = hold_of(olsen, at=datetime(2026, 4, 1, 9, 0, tzinfo=UTC))
        later = datetime(2027, 9, 1, 9, 0, tzinfo=UTC)  # extended by other services
        PreservationHold.objects.filter(pk=old.pk).update(expires_at=later, next_action_at=later)
        self.wrote_hold(old)
        asked = hold_of(olsen, at=datetime(2026, 10, 1, 9, 0, tzinfo=UTC))
        extension_of(asked, at=START)
        self.wrote_hold(asked)

    def _waiting_requests(self) -> None:
        staff = {"analyst": self.person("ana"), "approver": self.person("per")}
        olsen, sol = self.person("olsen"), self.person("sol")
        made = [request_at(status, officer=olsen, **staff) for status in ("draft", "submitted", "awaiting_officer")]
        made += [request_at("in_review", officer=officer, matched=True, **staff) for officer in (olsen, sol)]
        made.append(request_at("submitted", officer=olsen, kind="emergency", **staff))
        made.append(request_at("submitted", officer=self.person("berg"), restricted=True, **staff))
        made[-1].named_readers.add(staff["analyst"], staff["approver"])
        made.append(request_at("in_review", officer=olsen, kind="emergency", matched=True, **staff))
        produce_all(made[-1])
        made += [freeze_at("granted", officer=officer, matched=True, **staff) for officer in (olsen, sol)]
        for secrecy in (None, "2099-12-31"):
            row = request_at("in_review", officer=olsen, matched=True, secrecy=secrecy, **staff)
            produce_all(row)
            made.append(row)
        for terms, decision in ((TERMS, "produce"), (REFUSAL, "refuse"), (REFUSAL, "refuse")):
            row = request_at("in_review", officer=olsen, matched=True, **staff)
            produce_all(row, decision=decision)
            proposal = decisions.propose(row, terms=terms, by=row.assignee)
            made.append(row)
        decisions.sign(proposal, seen_hash=proposal.content_hash, by=staff["approver"])
        for row in made:
            self.wrote(DataRequest.objects.get(pk=row.pk))

    def _granted_requests(self) -> None:
        """Requests on their way out: nothing prepared, sealed, released, stopped, and one that is told first."""
        ana, per = self.person("ana"), self.person("per")
        for stage in range(5):
            officer = self.person("olsen" if stage < 4 else "sol")
            secrecy = "2099-12-31" if stage else None
            row = request_at("in_review", officer=officer, analyst=ana, approver=per, matched=True, secrecy=secrecy)
            for bar in row.non_disclosure_orders.all():
                notices.confirm_bar(bar, page="2", bars_until=bar.bars_until, by=ana)
            produce_all(row)
            proposal = decisions.propose(row, terms=TERMS, by=ana)
            decisions.sign(proposal, seen_hash=proposal.content_hash, by=per)
            if stage > 1:
                self._package(DataRequest.objects.get(pk=row.pk), stage, ana, per)
            self.wrote(DataRequest.objects.get(pk=row.pk))

    @staticmethod
    def _package(row: DataRequest, stage: int, ana: User, per: User) -> None:
        package = packages.start(row, by=ana)
        package = building.build(package.pk)
        for document, _words in paper_looks.papers(package):
            paper_looks.note_look(package, document, by=per)
        if stage > 2:
            packages.release(package, by=per)
        if stage == 4:
            package = DisclosurePackage.objects.select_related("archive", "data_request").get(pk=package.pk)
            transfer = downloads.Transfer(package, package.archive, row.officer, length=3)
            assert list(downloads.receipted(transfer, [b"abc"])) == [b"abc"]
            packages.revoke(package, cause="wrong_account", reason="Another person's", by=per)


def version_of_review(row: DataRequest) -> int:
    """Return the version of a review that a page would have shown now."""
    return review.review_of(row).lock_version


def now() -> datetime:
    """The present, which stands still during an act."""
    return timezone.now()
