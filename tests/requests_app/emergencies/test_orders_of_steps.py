"""Nothing of an emergency leaves before every step is done, whatever staff send, to whichever address, in any order.

A package that is sealed lies beside the request from the beginning, so that each attempt has something to release. The
steps are taken through the pages; from each state that they reach, every step is tried, and from three of them every
address of the staff site is sent to with every right, each followed by an attempt to release. All of it is rolled back.
"""

import re
from http import HTTPStatus
from itertools import combinations
from uuid import uuid4

import pytest
from django.db import transaction
from django.template.backends.django import Template as BackendTemplate
from django.urls import reverse
from django.utils import timezone

from accounts.models import CallBack
from foundation.audit.models import AuditEvent
from foundation.core.errors import NotAllowed
from requests_app.enums import PackageStatus, ProposalStatus
from requests_app.models import DisclosurePackage, EmergencyCase, PackageLine, Proposal
from requests_app.permissions import release_refusal
from requests_app.services import decisions, minimum, notices, packages
from tests.factories import clean_pdf, request_at
from tests.people import client_for, make_staff
from tests.requests_app.desk.pages import TERMS, ready, typed
from tests.requests_app.emergencies import gate_steps
from tests.requests_app.records.steps import seen
from tests.url_inventory.walk import routes

pytestmark = pytest.mark.django_db

ALL = frozenset({"call", "supervisor", "minimum", "proposal", "approval"})
# From here every address is sent to: nothing is done, nothing is proposed yet, nothing is approved yet.
SWEPT = (frozenset(), ALL - {"proposal", "approval"}, ALL - {"approval"})
# Whatever a form of the staff site may ask for, as far as one answer fits many.
TYPED = {
    "reason": "x", "text": "x", "note": "x", "why": "x", "cause": "wrong_account", "words": "x", "code": "dates",
    "action": "save", "colleague": "1", "role": "officer", "confirm": "on", "version": "0",
}  # fmt: skip
# In the place of what nobody has: it is found in no state.
NOBODY = uuid4()
# What stands in a place of an address of which nothing is known, by its kind.
PLACEHOLDERS = {"uuid": NOBODY, "int": 1}
_ADDRESS = re.compile(r"<(?:(\w+):)?(\w+)>")


class Emergency:
    """An emergency in review, a sealed package beside it, and two people who hold every right that staff can have."""

    def __init__(self):
        roles = ("analyst", "approver", "counsel", "dpo", "custodian", "preservation_admin")
        self.first, self.second = make_staff(*roles), make_staff(*roles)
        self.request = ready(kind="emergency", analyst=self.first)
        self.a, self.b = client_for(self.first), client_for(self.second)
        self.package = seen(plant(self.request), self.second)

    def url(self, name, *more):
        return reverse(name, args=[self.request.reference, *more])

    def state(self):
        """Return which steps are done, read from the rows and from nothing that the portal thinks of them."""
        calls = CallBack.objects.filter(about_reference=self.request.reference, result="confirmed")
        done = {"call"} if calls.filter(purpose="request").exists() else set()
        done |= {"supervisor"} if calls.filter(purpose="supervisor").exists() else set()
        done |= {"minimum"} if EmergencyCase.objects.filter(minimum_at__isnull=False).exists() else set()
        waiting = Proposal.objects.filter(proposed_by=self.first, status__in=("proposed", "approved"))
        done |= {"proposal"} if waiting.exists() else set()
        return frozenset(done | ({"approval"} if waiting.filter(signed_by=self.second).exists() else set()))

    def act(self, step):
        """Take a step as the page does; what is refused changes nothing."""
        way = f"number-{self.request.agency.numbers.get().pk}"
        said = {"way": way, "result": "confirmed", "spoke_to": "K. Aas"}
        proposal = Proposal.objects.filter(status=ProposalStatus.PROPOSED).first()
        if step in {"call", "supervisor"}:
            about = "request" if step == "call" else "supervisor"
            self.a.post(f"{self.url('staff:call_back')}?about={about}", said)
        elif step == "minimum":
            names = set(self.request.lines.values_list("category", flat=True))
            self.a.post(self.url("staff:minimum"), {f"why_{n}": "It helps" for n in names} | {"left_out": "Nothing"})
        elif step == "proposal":
            terms = {name: getattr(TERMS, name) for name in ("lawful_basis", "transfer_ground", "necessity")}
            self.a.post(self.url("staff:request"), _review(self.request) | terms)
        elif proposal is not None:
            ticks = {"seen": proposal.content_hash, "conflict": "on", "read": "on"}
            self.b.post(self.url("staff:sign"), ticks)

    def released(self):
        """Try to release the package as the second person; return whether any package of the request is out."""
        self.b.post(self.url("staff_records:release", self.package.number))
        return DisclosurePackage.objects.filter(status=PackageStatus.RELEASED).exists()


def _review(data_request):
    return typed(
        data_request, action="propose", choice="full", binding="no", route="direct", text_for_officer="We looked at it."
    )


def plant(data_request):
    """A sealed package with every line, as nobody could have it yet: a restored row, or a fault elsewhere."""
    maker, at = make_staff("analyst"), timezone.now()
    papers = {name: clean_pdf(maker) for name in ("manifest", "letter", "archive")}
    package = DisclosurePackage.objects.create(
        data_request=data_request, number=1, status=PackageStatus.SEALED, prepared_by=maker, prepared_at=at, due_at=at,
        sealed_at=at, **papers,
    )  # fmt: skip
    PackageLine.objects.bulk_create(PackageLine(package=package, line=line) for line in data_request.lines.all())
    return package


class Undone:
    """Whatever happens inside is rolled back."""

    def __enter__(self):
        self.atomic = transaction.atomic()
        self.atomic.__enter__()

    def __exit__(self, *raised):
        transaction.set_rollback(True)
        return self.atomic.__exit__(*raised)


def addresses(case):
    """Every address of the staff site that is about one request, with something in each place."""
    # The newest call, where there is one: whoever vouches for it is tried too.
    call = CallBack.objects.filter(about_reference=case.request.reference).order_by("-pk").first()
    known = {"reference": case.request.reference, "other": case.request.reference, "number": 1, "version": 1}
    known["pk"] = call.pk if call else 1
    for route in routes():
        names = [name for _kind, name in _ADDRESS.findall(route.pattern)]
        if route.pattern.startswith("staff/") and "reference" in names and route.name.startswith("staff"):
            kinds = {name: kind for kind, name in _ADDRESS.findall(route.pattern)}
            filled = {n: known.get(n) or PLACEHOLDERS.get(kinds[n], "x") for n in names}
            yield route.name, reverse(route.name, kwargs=filled)


@pytest.fixture
def blank_pages(monkeypatch):
    """Answers without their pages: what is sent is the same, and drawing hundreds of forms proves nothing."""
    draw = BackendTemplate.render
    monkeypatch.setattr(
        BackendTemplate, "render", lambda self, context=None, request=None: "" if request else draw(self, context)
    )


@pytest.mark.slow
def test_every_address_in_every_order_of_the_steps(blank_pages):
    case = Emergency()
    names = {name for name, _place in addresses(case)}
    assert {"staff:sign", "staff:call_second", "staff_records:release", "staff:minimum"} <= names
    silent, reached, out = set(), set(), set()

    def explore():
        state = case.state()
        if state in reached:
            return
        reached.add(state)
        with Undone():
            if case.released():
                out.add(state)
        for name, place in list(addresses(case)) if state in SWEPT else ():
            if name in silent:
                continue
            with Undone():
                before = AuditEvent.objects.count()
                if "proposal" in state:  # whoever worked on it, too, once it comes close
                    case.a.post(place, TYPED)
                said = case.b.post(place, TYPED).status_code
                if said == HTTPStatus.METHOD_NOT_ALLOWED or (said == HTTPStatus.NOT_FOUND and str(NOBODY) in place):
                    silent.add(name)  # so it answers whatever the state
                if AuditEvent.objects.count() > before:  # it did something
                    assert not case.released() or case.state() == ALL, (sorted(state), place)
                assert not DisclosurePackage.objects.filter(status=PackageStatus.RELEASED).exists(), (state, place)
        for step in sorted(ALL - state):
            with Undone():
                case.act(step)
                explore()

    explore()
    assert out == {ALL}
    # The supervisor only through the switchboard that confirmed, a proposal only once all three are there.
    calls = [set(), {"call"}, {"call", "supervisor"}]
    before = {frozenset(some | more) for some in calls for more in (set(), {"minimum"})}
    assert reached == before | {frozenset(ALL - {"approval"}), ALL}


def test_a_state_that_was_restored_is_looked_at_again_at_the_release():
    """Rows as they cannot come about: granted and sealed, with any of the steps missing."""
    data_request = request_at("granted", kind="emergency")
    people = data_request.test_people
    notices.plan_for(data_request, by=people.approver)
    package = seen(plant(data_request), people.approver)
    gate_steps.through_the_gate(data_request)
    removals = {
        "call": lambda: CallBack.objects.filter(purpose="request").delete(),
        "supervisor": lambda: CallBack.objects.filter(purpose="supervisor").delete(),
        "minimum": lambda: EmergencyCase.objects.update(minimum_at=None, minimum_by=None),
        "proposal": lambda: Proposal.objects.all().delete(),
        "approval": lambda: Proposal.objects.update(
            status="proposed", signed_at=None, signed_by=None, signed_hash=""
        ),
    }  # fmt: skip
    client, page = client_for(people.approver), reverse("staff_records:release", args=[data_request.reference, 1])
    for count in range(len(ALL) + 1):
        for missing in combinations(sorted(ALL), count):
            with Undone():
                for step in missing:
                    removals[step]()
                if len(missing) > 1:  # what one alone keeps back needs no second proof through the page
                    with pytest.raises(NotAllowed):
                        packages.release(package, by=people.approver)
                else:
                    client.post(page)
                assert package.__class__.objects.get().released_at is None or not missing, missing
                assert bool(release_refusal(data_request)) == bool(missing)
                assert missing or package.__class__.objects.get().status == PackageStatus.RELEASED


def test_who_approves_signs_the_reasons_too_and_nobody_alone_is_two():
    case = Emergency()
    for step in ("call", "supervisor", "minimum", "proposal"):
        case.act(step)
    proposal = Proposal.objects.get()
    page = case.b.get(case.url("staff:approval")).content.decode()
    assert "It helps" in page
    assert "Open the order" not in page
    case.a.post(case.url("staff:sign"), {"seen": proposal.content_hash, "conflict": "on", "read": "on"})
    assert not case.released()
    EmergencyCase.objects.update(minimum_note="Something else was left out.")
    assert "Emergency, Left out" in " ".join(decisions.changes(proposal))
    case.act("approval")
    proposal.refresh_from_db()
    assert proposal.status == ProposalStatus.PROPOSED
    assert minimum.content_of(case.request)["left_out"] == "Something else was left out."
    assert packages.checklist(case.package, by=case.second, at=timezone.now())[-1].passed
