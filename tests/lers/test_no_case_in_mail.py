"""No mail carries a fact of a case, a reason, or the name of a colleague to somebody outside.

Every function that writes messages is called with real rows whose words are marked; one that asks for something this
test does not have fails it, so that a new message cannot be forgotten.
"""

import inspect
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import product
from types import ModuleType
from typing import Any

import pytest
from django.utils import timezone

from accounts import notify
from accounts.models import Absence, AddressChange, StaffRole, User
from accounts.services import (
    block_notices,
    change_notices,
    clock_notices,
    lost_factor_notices,
    staff_notices,
    unused_staff,
)
from foundation.notifications.message_kinds import message_kinds
from foundation.notifications.models import OutboundMessage
from foundation.notifications.running_clocks import after, at_the_end, before
from preservation import filing_notify, life_notify, look_notify, work_notify
from preservation import notify as hold_notify
from requests_app.models import (
    Amendment,
    Certificate,
    CounselReferral,
    EmergencyAlert,
    FreezeLift,
    FreezeOrder,
    LaterAsk,
    NonDisclosureOrder,
    Proposal,
    SigningIdentity,
)
from requests_app.notify import (
    alarms,
    appeals,
    breaches,
    certificates,
    clocks,
    counsel,
    desk,
    emergencies,
    following,
    freezes,
    intake,
    later,
    orders,
    questions,
    recalls,
    record_clocks,
    recording,
    records,
    takedowns,
    unusual,
    urgent_contacts,
    work,
)
from requests_app.services.rota import Page
from tests.people import make_staff
from tests.url_inventory.world import APPLICANT, CASE_NUMBER, COLLEAGUE, FACTS, IDENTIFIERS, TITLE, World

MODULES = (notify, block_notices, change_notices, clock_notices, lost_factor_notices, staff_notices, hold_notify,
           life_notify, filing_notify, look_notify, work_notify, alarms, appeals, breaches, certificates, clocks,
           counsel, desk, emergencies, following, freezes, intake, later, orders, questions, recalls, record_clocks,
           recording, records, takedowns, unusual, urgent_contacts, work)  # fmt: skip
STAFF_NAME = "Zacharias Quillfeather"
SECRET = (TITLE, CASE_NUMBER, FACTS, COLLEAGUE, "Order, page 2", *(value for _kind, value in IDENTIFIERS))
# Written elsewhere, out of messages that are in this test, or of nothing but their kind.
NOT_HERE = {"browser_report", "digest", "staff_unused"}
STAGES = (before(days=1), at_the_end(), after(days=1))


@pytest.fixture
def world(db, settings, tmp_path) -> World:
    settings.DEMO, settings.DEMO_MAIL_DIR = True, tmp_path / "mail"
    made = World(settings.DEMO_MAIL_DIR)
    make_staff("approver"), make_staff("preservation_admin"), make_staff("auditor"), make_staff("administrator")
    staff = StaffRole.objects.values("user")
    User.objects.filter(pk__in=staff).update(full_name=STAFF_NAME)
    # An officer has a name of their own, and reads in any language.
    User.objects.filter(pk=made.owner.pk).update(language="de", time_zone="Europe/Oslo")
    OutboundMessage.objects.all().delete()
    return made


def given(world: World) -> dict[str, list[Any]]:
    """What the functions ask for, by the name of the argument: every one of them is tried."""
    now = timezone.now()
    officer, analyst = User.objects.get(pk=world.owner.pk), User.objects.get(pk=world.analyst.pk)
    for row in (world.submitted, world.asked, world.waiting, world.emergency, world.granted):
        type(row).objects.filter(pk=row.pk).update(assignee=analyst)
        row.refresh_from_db()
        row.agency.generic_address = "post@agency.example"
    change = AddressChange(user=officer, new_email="new@agency.example", old_email="old@agency.example",
                           kind="address", token_expires_at=now)  # fmt: skip
    bar = NonDisclosureOrder(data_request=world.granted, clause=FACTS, bar_ends_at=now)
    alert = EmergencyAlert(pk=1, agency=world.agency, provider=world.emergency.provider, take_by=now)
    amendment = Amendment(pk=1, data_request=world.submitted, text=FACTS, before={"facts": FACTS}, after={})
    version = world.submitted.orders.get().versions.first()
    follower, hand_over = world.submitted.followers.get(), world.submitted.hand_overs.get()
    follower.user = world.people["colleague"]
    world.agency.generic_address = "post@agency.example"
    freeze = FreezeOrder(pk=1, data_request=world.granted, asset=FACTS, destination=FACTS, ends_at=now)
    lift = FreezeLift(pk=1, freeze=freeze, cause="lifted", reason=FACTS, asked_at=now, done_at=now)
    world.takedown.proposed_by = analyst
    world.notice.objection, world.notice.objection_recorded_by = FACTS, analyst
    world.hold.authority_must_file_by = now
    absence = Absence(
        pk=1, user=analyst, deputy=User.objects.get(pk=world.approver.pk), first_day=now.date(), last_day=now.date()
    )
    return {
        "freeze": [freeze], "lift": [lift],
        "ask": [LaterAsk(pk=1, data_request=world.granted, kind=kind, words=FACTS, court=TITLE, answer=FACTS,
                         due_at=now) for kind in ("reissue", "testimony")],
        "absence": [absence], "at": [now], "ends": [now], "expires_at": [now], "ended_at": [now],
        "contact": [world.contact], "application": [world.application],
        "user": [officer, analyst], "agency": [world.agency],
        "suspension": [world.suspension], "people": [[analyst]], "others": [[world.people["lead"]]],
        "about_reference": ["AC-26-ABCDEFG"], "token": ["t0ken"], "kind": ["passkey"], "device": ["Firefox on Windows"],
        "instead": [True], "left": [7], "path": ["/x/"], "place": ["192.0.2.0/24"], "sso": [""], "name": ["Sign-on"],
        "asked": [True, False], "why": ["", "unused"], "to": [analyst], "old": ["old@agency.example"],
        "case": [world.lost, world.lost_by_staff], "item": [world.role_change, world.invitation], "by": [analyst],
        "again": [False, True], "told": [True], "state": ["asked"], "invitation": [world.invitation],
        "hold": [world.hold], "lead": [7], "suspended": [False, True], "last": [False], "extension": [world.extension],
        "clarification": [world.asked.clarifications.first()], "document": [1], "version": [version], "key": ["key"],
        "data_request": [world.submitted, world.emergency, world.granted], "proposal": [Proposal.objects.first()],
        "hold_follower": [world.hold.followers.get()],
        "follower": [follower], "hand_over": [hand_over], "amendment": [amendment], "alert": [alert],
        "waiting": [[world.emergency]], "wider": [True], "waits": [True, False], "days": [1], "taken": [False],
        "forbids": [True, False], "upheld": [True, False],
        "certificate": [Certificate(pk=1, package=world.package, custodian=analyst, drafted_by=analyst,
                                    facts={"exceptions": FACTS})],
        "identity": [SigningIdentity(pk=1, user=analyst, subject=FACTS, issuer=TITLE)],
        "notice": [world.notice], "package": [world.package], "added": [world.added], "bar": [bar],
        "urgent": [True, False], "officer": [officer], "leads": [[world.people["lead"]]], "number": [2], "count": [2],
        "takedown": [world.takedown], "match_alarm": [world.alarm], "due": [now], "over": [True, False],
        "report": [world.weekly], "event": ["recorded_received", "recorded_answered"],
        "referral": [CounselReferral(pk=1, data_request=world.submitted, asked_by=analyst, question=FACTS, due_at=now)],
        "address": ["holder@mail.example"], "addresses": [["pager@meridian.example"]],
        "paged": [Page(2, [analyst], ["pager@meridian.example"]), Page(4, [], [], behind=1)],
        "since": [now], "longer": [True, False],
        "language": ["fr"], "until": [now], "urged": [True], "by_staff": [False, True], "change": [change],
        "role_change": [world.role_change],
        "recall": [world.destruction.recall], "destruction": [world.destruction],
        "mistake": [world.destruction.recall.mistake], "breach": [world.breach],
    }  # fmt: skip


def functions() -> Iterator[tuple[ModuleType, str, Callable[..., Any]]]:
    """Every public function that writes messages: it takes the moment."""
    for module in MODULES:
        for name, function in inspect.getmembers(module, inspect.isfunction):
            own = function.__module__ == module.__name__ and not name.startswith("_")
            if own and "at" in inspect.signature(function).parameters:
                yield module, name, function


def call_all(module: ModuleType, function: Callable[..., Any], pool: dict[str, list[Any]]) -> None:
    """Call it with everything that there is for its arguments."""
    names, choices = [], []
    for name, parameter in inspect.signature(function).parameters.items():
        known = pool[name]
        if name == "stage":
            known = (
                list(STAGES) if module in (clocks, counsel, takedowns, freezes, recalls, breaches) else ["before", "at"]
            )
        if name == "change" and module is not change_notices:
            known = pool["role_change"]
        if name == "ask" and module is recalls:
            known = pool["destruction"]
        if name == "user" and "others" in inspect.signature(function).parameters:
            known = known[:1]  # leads are officers
        if name == "last" and parameter.annotation is int:
            known = [1]
        names.append(name)
        choices.append(known)
    for values in product(*choices):
        function(**dict(zip(names, values, strict=True)))


def test_no_message_says_more_than_it_may(world):
    pool = given(world) | {"stage": []}
    for module, _name, function in functions():
        call_all(module, function, pool)
    unused_staff._tell(world.analyst, "soon", timezone.now(), [world.analyst], at=timezone.now())
    messages = list(OutboundMessage.objects.select_related("to_user"))
    staff = set(StaffRole.objects.values_list("user", flat=True))
    wrong = []
    for message in messages:
        words = f"{message.subject}\n{message.body_text}\n{message.body_html}"
        hidden = list(SECRET)
        if message.to_user_id not in staff and message.event not in {"staff_invited", "emergency_alert"}:
            hidden += [STAFF_NAME, "@meridian.example"]
        if message.to_user_id != world.application.user_id:
            hidden.append(APPLICANT)
        wrong += [(message.event, word) for word in hidden if word in " ".join(words.split())]
    unheard = set(message_kinds()) - NOT_HERE - {message.event for message in messages}
    assert (wrong, unheard) == ([], set())


def test_a_message_says_the_words_of_its_readers_language_and_zone(world):
    now = timezone.now() + timedelta(days=3)
    clarification = world.asked.clarifications.first()
    clarification.due_at = now
    desk.question_asked(clarification, at=now)
    message = OutboundMessage.objects.get(event="question_asked", to_user=world.owner)
    assert (message.language, "Ortszeit Oslo (" in " ".join(message.body_text.split())) == ("de", True)
    assert message.subject == f"[{world.asked.reference}] Eine Rückfrage an Sie"
