"""Objects for every address, with words in them that must not reach the wrong eyes."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from email.message import EmailMessage
from mailbox import Maildir
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from accounts.access import SEEN_AT
from accounts.enums import ReceiptKind
from accounts.events import Event
from accounts.models import (
    Absence,
    AccessApplication,
    Agency,
    CallBack,
    Desk,
    FilingReceipt,
    LostFactor,
    RoleChange,
    StaffInvitation,
    TeamMembership,
    User,
    Vouch,
)
from accounts.sealed import seal
from accounts.services import applications, hooks, invitations, leads, lost_factor, members, receipts, staff
from accounts.services.agencies import block_domain
from accounts.services.invitations import Colleague
from accounts.services.staff import Wanted
from accounts.views import factors
from foundation.audit.models import AuditEvent
from foundation.audit.trail import record
from foundation.core.identifiers import read_identifier
from foundation.core.jobs import JobState
from foundation.core.references import new_check_code, new_reference
from foundation.documents import services as documents
from foundation.documents.models import Document
from foundation.documents.services import resumable
from foundation.notifications.dead_letters import note_failed
from foundation.notifications.enums import Cause
from foundation.notifications.events import NotificationEvent
from foundation.notifications.models import Hook, OutboundMessage
from foundation.notifications.outbox import send
from foundation.providers.connector_keys import in_force, make_key
from foundation.providers.connectors.demo.cases import ACCOUNT_A
from foundation.providers.models import ConnectorAct, ConnectorJob, EntryPoint, Team
from lers.mail_catcher import newest
from preservation.models import HoldExtension, PreservationHold
from preservation.services import certificates, execution, extensions, placing
from preservation.services import drafts as hold_drafts
from preservation.services import followers as hold_followers
from requests_app.models import (
    Breach,
    Certificate,
    CollectedFile,
    DecisionLetter,
    DestructionAsk,
    DisclosurePackage,
    FreezeOrder,
    IncomingMessage,
    MatchAlarm,
    MistakenDisclosure,
    NonDisclosureOrder,
    Recall,
    RestrictionQuestion,
    RotaDuty,
    RotaStep,
    RoutingRule,
    TextTemplate,
    UnusualFinding,
    UnusualReport,
    UserNotice,
)
from requests_app.notice_enums import CustomerAsks
from requests_app.notice_rules import bar_end
from requests_app.services import (
    added_records,
    building,
    copies_of_recipients,
    emergency_cases,
    followers,
    hand_overs,
    packages,
    restrictions,
    target_imports,
    unusual,
)
from tests.accounts.suspending import suspended_officer
from tests.documents.files import make_pdf
from tests.factories import clean_pdf, request_at
from tests.people import client_for, make_agency, make_officer, make_provider, make_staff, make_user
from tests.requests_app.channels.takedown_cases import batch_of, takedown_at
from tests.requests_app.desk.pages import proposed
from tests.requests_app.kinds.cases import freeze_at
from tests.requests_app.officer.lists import csv_upload
from tests.requests_app.records.breaches import breach_of
from tests.requests_app.records.steps import seen
from tests.urgent_contacts import call_about, contact_at
from tests.url_inventory.visitors import STAFF, VISITORS

TITLE = "Operation Zebrafink"
CASE_NUMBER = "NV 26/77123-Q"
FACTS = "The marmalade ledger was found in the boathouse."
IDENTIFIERS = (("email", "leak.target@mail.example"), ("uid", "9907712345"))
APPLICANT = "Wilhelmina Quarrington"
# What is said of colleagues, for administrators, approvers and auditors only.
COLLEAGUE = "Her brother moors at the harbour."
WORDS = {"title": TITLE, "case_number": CASE_NUMBER, "facts": FACTS, "connection": FACTS}


class World:
    """One agency with a case at every stage, a second agency, and one person of each kind."""

    def __init__(self, mail_folder: Path) -> None:
        self.now = timezone.now()
        self.agency = make_agency()
        self.people = self._people()
        self.owner = self.people["owner"]
        self.analyst, self.approver = self.people["analyst"], self.people["approver"]
        people = {"officer": self.owner, "analyst": self.analyst, "approver": self.approver}
        self._case = people | {"identifiers": IDENTIFIERS} | WORDS
        self.suspension = suspended_officer(self.people["suspended"], by=self.approver, reason=f"Ask {APPLICANT}.")
        self.blocked = block_domain("imitation.example", reason="Imitates the agency", by=self.analyst)
        self.mail = _mail(mail_folder)
        self.hook = _hook(self.people["administrator"])
        self.undelivered = _undelivered(self.owner)
        self.application = self._application()
        self.desk, self.vouch = self._desk()
        self.role_change, self.invitation, self.team = self._staff()
        self.lost, self.lost_by_staff = self._lost()
        self.conflict = self.analyst.conflicts.create(
            agency=make_agency(), reason="A relative works there.", declared_at=self.now
        )
        self.draft = self._request("draft")
        self.targets_file = target_imports.start(
            self.draft, csv_upload(f"kind,value,note\nuid,48213399,{FACTS}\n"), version=0, by=self.owner
        )
        self.submitted = self._request("submitted", preview=True, secrecy="2099-12-31")
        self.asked = self._request("awaiting_officer")
        question = self.asked.clarifications.get()
        question.documents.add(clean_pdf(question.asked_by, filename="list.pdf"))
        self.text = TextTemplate.objects.create(
            provider=make_provider(), purpose="question", code="dates", name="Dates", text="Which?", changed_at=self.now
        )
        self._follow()
        self.waiting = proposed(**self._case).data_request
        self.freeze, self.frozen = freeze_at("granted", **self._case), self._frozen()
        self.emergency = self._request("submitted", kind="emergency")
        emergency_cases.opened(self.emergency, at=self.now)
        self.granted = self._request("granted")
        self.upload = resumable.create(filename=f"{TITLE}.pdf", length=9, by=self.owner, limit=99)
        (self.notice, self.package), self.destruction = self._records(), _called_back(self.granted, by=self.analyst)
        self.letter = DecisionLetter.objects.create(
            proposal=self.granted.proposals.get(), state=JobState.DONE, due_at=self.now,
            document=clean_pdf(self.owner, filename="decision.pdf"),
        )  # fmt: skip
        self.hold_draft, self.hold = self._hold(sent=False), self._hold(sent=True)
        paper = clean_pdf(self.analyst, preview=True)
        self.extension = self._beside_hold(paper)
        about = {"content": FACTS, "reason": TITLE, "external_reference": CASE_NUMBER, "document": paper}
        self.takedown = takedown_at("in_review", assignee=self.analyst, **about)
        self.batch, self.batch_file = batch_of(self.submitted, by=self.analyst)
        (self.alarm, self.question, self.breach), self.weekly = self._of_counsel(), self._weekly()
        step = RotaStep.objects.create(provider=self.submitted.provider, position=1, name="First line")
        self.duty = RotaDuty.objects.create(step=step, user=self.analyst)
        self.rule = RoutingRule.objects.create(
            provider=make_provider(), position=1, name="Norway", jurisdictions=["NO"], team=self.team,
            changed_at=timezone.now(),
        )  # fmt: skip
        today = timezone.now().date()
        self.absence = Absence.objects.create(
            user=self.analyst, first_day=today, last_day=today, entered_at=timezone.now(), entered_by=self.analyst
        )
        self.contact = contact_at("taken", agency=self.agency, taken_by=self.analyst, danger=FACTS,
                                  full_name=APPLICANT, application=self.application)  # fmt: skip
        self.contact_call = call_about(self.contact, by=self.analyst, alternative="liaison")
        self.entry_point = EntryPoint.objects.create(provider=make_provider(), jurisdiction_id="NO")
        self.stored_search = self.analyst.searches.create(
            text="wallet", asked_at=self.now, kept_until=self.now + timedelta(days=1)
        )
        self.saved_view = self.analyst.saved_views.create(name="Norway", query="country=NO", created_at=self.now)

    def _people(self) -> dict[str, User | None]:
        suspended = make_officer(self.agency)
        record(Event.PASSWORD_SET, by=suspended, obj=suspended)
        return {
            "anonymous": None,
            "half": make_officer(self.agency),
            "newcomer": make_user(),
            "applicant": make_user(),
            "suspended": suspended,
            "lapsed": _lapsed(self.agency, at=self.now),
            "owner": make_officer(self.agency),
            "lead": make_officer(self.agency, lead=True),
            "colleague": make_officer(self.agency),
            "stranger": make_officer(),
            **{role: make_staff(role) for role in STAFF},
        }

    def _desk(self) -> tuple[Desk, Vouch]:
        """A desk of the lead's with a colleague in it, and a colleague vouched for."""
        lead, colleague = self.people["lead"], self.people["colleague"]
        desk = members.make_desk(self.agency, name="Night desk", by=lead)
        members.put_in(desk, colleague.membership, by=lead)
        domain = self.agency.domains.first().domain
        return desk, leads.vouch(by=lead, email=f"new.colleague@{domain}", name="Ottoline Brackwater")

    def _staff(self) -> tuple[RoleChange, StaffInvitation, Team]:
        """A change and an invitation that wait for a second person, and a team with a member."""
        first, provider = make_staff("administrator"), make_provider()
        colleague = Colleague("new@meridian.example", "Noor Haddad", provider, ["analyst"])
        team = Team.objects.create(provider=provider, name="Night")
        TeamMembership.objects.create(user=self.analyst, team=team)
        wanted = Wanted("grant", provider, "counsel")
        return (
            staff.propose(self.analyst, wanted, reason=COLLEAGUE, by=first),
            invitations.propose(colleague, reason=COLLEAGUE, by=first),
            team,
        )

    def _lost(self) -> tuple[LostFactor, LostFactor]:
        """Somebody of each kind who asks for a reset."""
        return (
            lost_factor.ask(self.owner, reason=f"Ask {APPLICANT}."),
            lost_factor.ask(make_staff("counsel"), reason=COLLEAGUE),
        )

    def _application(self) -> AccessApplication:
        """An application that was sent, with page images of its document."""
        user = self.people["applicant"]
        row = AccessApplication.objects.create(
            reference=new_reference("AC", self.now), email=user.email, user=user, status="draft",
            verdict="known_agency", full_name=APPLICANT, rank="Sergeant", badge="77001", phone="+441632960118",
            agency=self.agency, supervisor_name="K. Aas", supervisor_contact="115", created_at=self.now,
            identity_document=clean_pdf(user, filename="card.pdf", preview=True),
        )  # fmt: skip
        return applications.submit(row, by=user)

    def _of_counsel(self) -> tuple[MatchAlarm, RestrictionQuestion, Breach]:
        """An alarm about searching, a customer's question that waits, a breach in the register."""
        alarm = MatchAlarm.objects.create(
            provider=make_provider(), user=self.analyst, data_request=self.asked, kind="many", raised_at=self.now
        )
        asked = restrictions.Question("q1", ACCOUNT_A, CustomerAsks.ACCESS, "en")
        breach = breach_of(make_staff("dpo"), happened=FACTS, concerned=TITLE)
        return alarm, restrictions.ask(make_provider(), asked, at=self.now), breach

    def _weekly(self) -> UnusualReport:
        """A weekly report with a finding that nobody has looked at."""
        week = unusual.make(make_provider(), (self.now - timedelta(days=7)).date(), at=self.now)
        UnusualFinding.objects.create(report=week, kind="looks", user=self.analyst, facts={"number": 90})
        return week

    def _frozen(self) -> Any:
        """A freeze that was carried out and is in force."""
        row = freeze_at("closed", **self._case)
        done = {"recorded_at": self.now, "recorded_by": self.analyst, "confirmed_at": self.now}
        FreezeOrder.objects.filter(data_request=row).update(confirmed_by=self.approver, **done)
        return row

    def _request(self, status: str, **more: Any) -> Any:
        return request_at(status, **(self._case | more))

    def _follow(self) -> None:
        """Somebody of another agency is asked for, and a new colleague is to take over: both wait for us."""
        followers.ask(self.submitted, email="nobody@elsewhere.example", ground="Order, page 2", by=self.owner)
        followers.ask(self.draft, email="nobody@elsewhere.example", ground="Order, page 2", by=self.owner)
        hand_overs.hand_over(self.submitted, to=self.people["colleague"], by=self.owner)

    def _records(self) -> tuple[Any, Any]:
        """A released package, after the account holder was told."""
        request = self.granted
        request.targets.update(account=ACCOUNT_A)
        NonDisclosureOrder.objects.create(
            data_request=request, clause="Page 2", bars_until=date(2099, 12, 31), confirmed_at=self.now,
            confirmed_by=self.analyst, bar_ends_at=bar_end(date(2099, 12, 31)), page="2",
        )  # fmt: skip
        notice = UserNotice.objects.create(
            data_request=request, reference=new_reference("NT", self.now), account=ACCOUNT_A, status="sent",
            reason="Nothing forbids it.", planned_at=self.now, sent_at=self.now - timedelta(days=9),
            window_ends_at=self.now - timedelta(days=2),
        )  # fmt: skip
        self.added = added_records.add(
            request, SimpleUploadedFile("card.pdf", make_pdf()), line=request.lines.first(), source="Identity archive",
            justification="On paper", by=self.analyst,
        )  # fmt: skip
        documents.process(self.added.document)
        added_records.looked(self.added, by=self.approver)
        package = packages.start(request, by=self.analyst)
        released = packages.release(seen(building.build(package.pk), self.approver), by=self.approver)
        documents.process(released.letter)
        self.certificate = Certificate.objects.create(
            package=released, kind="records", form="generic", custodian=self.people["custodian"], draft=released.letter,
            drafted_by=self.analyst, drafted_at=self.now, check_code=new_check_code(),
        )  # fmt: skip
        self.collected = released.exports.first().files.first()
        self.signed = self._certificate(released)
        self.copy = copies_of_recipients.copy_for(released, user=self.owner)
        # A document of the company's systems: the one added by hand stands in for it, with the pictures of its pages.
        self.collected_document = CollectedFile.objects.create(
            export=self.collected.export, position=9, document=self.added.document, extracted_at=self.now
        )
        self.asked_later = self.granted.later_asks.create(
            kind="testimony", words=FACTS, court=TITLE, asked_by=self.owner, asked_at=self.now
        )
        self.cost = self.granted.costs.create(
            amount=5, currency="EUR", what=FACTS, noted_by=self.analyst, noted_at=self.now
        )
        return notice, released

    def _certificate(self, package: Any) -> Certificate:
        """A certificate that the custodian signed by hand."""
        return Certificate.objects.create(
            package=package, kind="records", form="generic", status="signed", custodian=self.people["custodian"],
            drafted_by=self.analyst, drafted_at=self.now, check_code=new_check_code(), signed=package.letter,
            signed_with="hand", signed_at=self.now,
        )  # fmt: skip

    def _hold(self, *, sent: bool) -> PreservationHold:
        draft = hold_drafts.start(make_provider(), by=self.owner, key=uuid4())
        found = [read_identifier(kind, value) for kind, value in IDENTIFIERS]
        hold_drafts.add_identifiers(draft, found, version=0, by=self.owner)
        PreservationHold.objects.filter(pk=draft.pk).update(
            title=TITLE, case_number=CASE_NUMBER, categories=["registration"], process_follows=True,
            period_from=self.now.date() - timedelta(days=60), period_to=self.now.date() - timedelta(days=1),
        )  # fmt: skip
        draft.refresh_from_db()
        return self._carried_out(placing.request(draft, version=draft.lock_version, by=self.owner)) if sent else draft

    def _beside_hold(self, paper: Document) -> HoldExtension:
        """A colleague who follows the hold, and the request for more time, with a decision."""
        hold_followers.add(self.hold, self.people["lead"], by=self.owner)
        found = extensions.ask(self.hold, reason=FACTS, by=self.owner)
        found.document = self.hold.document = paper
        found.save(update_fields=["document"])
        self.hold.save(update_fields=["document"])
        return found

    def _carried_out(self, hold: PreservationHold) -> PreservationHold:
        """The company's systems answered, and the certificate is made."""
        for minute in range(3):
            execution.work(hold.pk, at=self.now + timedelta(minutes=minute, seconds=30))
        certificates.make(PreservationHold.objects.get(pk=hold.pk))
        return PreservationHold.objects.get(pk=hold.pk)

    def client(self, name: str, *, seen: datetime | None = None) -> Client:
        """Return the browser of this visitor; seen: when they were last active, so that no visit has to note it."""
        user = self.people[name]
        if user is None:
            return Client()
        # Read again: a person remembers roles and membership.
        client = client_for(User.objects.get(pk=user.pk), verified=VISITORS[name].factor == "verified")
        session = client.session
        session[factors._SECRET] = seal("00" * 20)  # a factor is being set up, so that there is a QR code to see
        if seen:
            session[SEEN_AT] = seen.isoformat()
        session.save()
        return client

    @property
    def secrets(self) -> list[str]:
        """Words of the case that only those may read who have to do with it."""
        cases = (self.submitted, self.asked, self.waiting, self.freeze, self.emergency, self.granted, self.notice)
        words = [TITLE, CASE_NUMBER, FACTS, *(given for _kind, given in IDENTIFIERS)]
        return [*words, *(case.reference for case in cases)]


def _lapsed(agency: Agency, *, at: datetime) -> User:
    """An officer who did not verify again in time."""
    user = make_officer(agency)
    user.memberships.update(verify_again_at=at - timedelta(days=1), lapsed_at=at - timedelta(days=1))
    return User.objects.get(pk=user.pk)


def _mail(folder: Path) -> str:
    """Put a mail into the demo's mailbox and return its key."""
    message = EmailMessage()
    message["Subject"], message["To"] = "A mail", "somebody@agency.example"
    message.set_content("Words.")
    Maildir(folder).add(message)
    return newest(folder)[0].key


def _of(name: str, /, **more: Callable[[World], Any]) -> Callable[[World], dict[str, Any]]:
    """Address the object of the world that has this name, by its reference."""
    return lambda w: {"reference": getattr(w, name).reference} | {key: value(w) for key, value in more.items()}


def _arrival(world: World) -> IncomingMessage:
    """Return the one mail that came in outside the portal."""
    values = {"channel": "email", "arrived_at": world.now, "text": FACTS, "original": world.takedown.document}
    return IncomingMessage.objects.get_or_create(provider=make_provider(), subject=TITLE, defaults=values)[0]


def _connector_key() -> str:
    """Return the id of the company's one key."""
    keys = in_force(make_provider()) or [make_key(make_provider(), by=None)[0]]
    return keys[0].key_id


def _instruction(world: World) -> ConnectorJob:
    """Return the one instruction that the company's systems did not carry out."""
    values = {
        "act": ConnectorAct.EXPORT, "owner_type": "world", "owner_id": "1", "account": ACCOUNT_A, "due_at": world.now,
        "state": JobState.GIVEN_UP, "last_error": f"No account {ACCOUNT_A} here.",
    }  # fmt: skip
    return ConnectorJob.objects.get_or_create(provider=make_provider(), idempotency_key="world", defaults=values)[0]


def _all(prefix: str, names: str, example: Callable[[World], dict[str, Any]]) -> dict[str, Any]:
    return {f"{prefix}:{name}": example for name in names.split()}


_DRAFT = (
    "draft draft_delete step_identifiers step_documents step_legal_process step_facts step_records step_notice check"
)
_DESK = (
    "request present conflict take assign give_back team return reopen review_again call_back sent messages notes "
    "history"
)


def _call_about_hold(hold: PreservationHold) -> CallBack:
    """A call about a hold by another way, for which nobody has vouched."""
    known = CallBack.objects.filter(about_reference=hold.reference).first()
    return known or CallBack.objects.create(
        purpose="hold", agency=hold.agency, about_reference=hold.reference, alternative="liaison",
        called_at=timezone.now(), called_by=make_staff("preservation_admin"), spoke_to="Duty officer",
        result="confirmed",
    )  # fmt: skip


def _called_back(data_request: Any, *, by: User) -> DestructionAsk:
    """A second package that reached the wrong person, of which the officer took something."""
    at = timezone.now()
    package = DisclosurePackage.objects.create(
        data_request=data_request, number=2, status="revoked", prepared_by=by, prepared_at=at, due_at=at,
        released_at=at, released_by=make_staff("approver"), expires_at=at, is_last=False,
    )  # fmt: skip
    recall = Recall.objects.create(
        package=package, cause="wrong_account", reason=FACTS, called_at=at, called_by=make_staff("approver"),
        due_at=at, status="asked",
    )  # fmt: skip
    MistakenDisclosure.objects.create(
        recall=recall, known_at=at, due_at=at + timedelta(hours=72), assessment=FACTS, tells_authority=True,
        decided_by=make_staff("dpo"), decided_at=at,
    )  # fmt: skip
    return DestructionAsk.objects.create(
        recall=recall, user=data_request.officer, agency_name=data_request.agency.name, asked_at=at, due_at=at
    )


def _call_about(data_request: Any) -> CallBack:
    """A call about a request that waits for a second person."""
    known = CallBack.objects.filter(about_reference=data_request.reference).first()
    return known or CallBack.objects.create(
        about_reference=data_request.reference, purpose="request", alternative="liaison",
        called_at=timezone.now(), called_by=data_request.assignee or data_request.officer, spoke_to="Liaison officer",
        result="confirmed",
    )  # fmt: skip


def _undelivered(officer: User) -> OutboundMessage:
    """A mail to the officer that the mail server refused."""
    row = send("lead_ended", dedupe_key="world:undelivered", to_user=officer, context={"agency": "Nordvik Police"})
    OutboundMessage.objects.filter(pk=row.pk).update(state=JobState.GIVEN_UP, finished_at=row.created_at)
    note_failed(row, NotificationEvent.GIVEN_UP, Cause.NO_MAILBOX, at=row.created_at)
    return row


def _hook(by: User | None) -> Hook:
    assert by
    hook, _secret = hooks.add(name="Pager", url="http://127.0.0.1:9/", events=["request.emergency"], by=by)
    hooks.send_test(hook, by=by)
    return hook


def _receipt(world: World) -> FilingReceipt:
    """The receipt of the request; made as it was sent, by somebody who is no factory."""
    known, sent = FilingReceipt.objects.filter(kind=ReceiptKind.REQUEST).first(), world.submitted
    return known or receipts.issue(
        ReceiptKind.REQUEST, sent, reference=sent.reference, facts={"facts": FACTS}, by=world.owner
    )


EXAMPLES: dict[str, Callable[[World], dict[str, Any]]] = {
    "demo_mail_detail": lambda w: {"key": w.mail},
    "accounts:confirm": lambda w: {"reference": w.application.reference, "token": "used"},
    "accounts:new_password": lambda w: {"uid": "x", "token": "used"},
    **_all(
        "accounts", "factor_edit factor_remove", lambda w: {"kind": "totp", "pk": w.owner.authenticator_apps.get().pk}
    ),
    "accounts:step": _of("application", name=lambda w: "person"),
    "staff:bulk_page": lambda w: {"key": "not-kept"},
    "accounts:message": lambda w: {"uid": w.owner.messages.first().uid},
    "accounts:declare_agency_conflict": lambda w: {"uid": w.agency.uid},
    **_all("accounts", "agency agency_correct agency_domain_add agency_number_add", lambda w: {"uid": w.agency.uid}),
    **_all("accounts", "agency_power agency_merge", lambda w: {"uid": w.agency.uid}),
    "accounts:agency_domain_remove": lambda w: {"uid": w.agency.uid, "pk": w.agency.domains.get().pk},
    **_all(
        "accounts",
        "agency_number_confirm agency_number_retire",
        lambda w: {"uid": w.agency.uid, "pk": w.agency.numbers.get().pk},
    ),
    **_all("accounts", "hook hook_change hook_secret hook_secret_shown hook_switch", lambda w: {"uid": w.hook.uid}),
    **_all("accounts", "hook_test hook_remove", lambda w: {"uid": w.hook.uid}),
    "accounts:undelivered_hook_done": lambda w: {"uid": w.hook.uid},
    "accounts:undelivered_resend_all": lambda w: {"cause": "no_mailbox"},
    **_all("accounts", "undelivered_message undelivered_resend undelivered_done", lambda w: {"uid": w.undelivered.uid}),
    "accounts:hook_again": lambda w: {"uid": w.hook.uid, "call": w.hook.calls.get().uid},
    "staff:search_results": lambda w: {"uid": w.stored_search.uid},
    "officer:receipts": _of("submitted"),
    "officer:receipt_proof": _of("submitted", uid=lambda w: _receipt(w).uid),
    "holds:receipts": _of("hold"),
    "holds:receipt_proof": _of("hold", uid=lambda w: receipts.listed(w.hold, reader=w.owner)[0][0].receipt.uid),
    **_all("accounts", "trail_entry trail_proof", lambda w: {"number": AuditEvent.objects.earliest("pk").pk}),
    "accounts:block_lift": lambda w: {"pk": w.blocked.pk},
    "accounts:end_conflict": lambda w: {"pk": w.conflict.pk},
    "accounts:page_image": _of("application", number=lambda w: 1),
    **_all(
        "accounts",
        "application withdraw appeal review take assign hand_back call_back decide check_again adopt declare_conflict",
        _of("application"),
    ),
    "accounts:agency_suspend": lambda w: {"uid": w.agency.uid},
    "accounts:officer_suspend": lambda w: {"pk": w.owner.pk},
    "accounts:officer_sessions_end": lambda w: {"pk": w.owner.pk},
    "accounts:session_end": lambda w: {"uid": uuid4()},
    "accounts:upload": lambda w: {"uid": w.upload.document.uid},
    **_all("accounts", "suspension suspension_call lift", lambda w: {"uid": w.suspension.uid}),
    "accounts:look_back": lambda w: {"uid": w.suspension.uid, "pk": w.suspension.look_back.get().pk},
    "accounts:member_remove": lambda w: {"pk": w.people["colleague"].membership.pk},
    "accounts:vouch_withdraw": lambda w: {"pk": w.vouch.pk},
    "accounts:desk_take_out": lambda w: {"pk": w.desk.pk, "member": w.people["colleague"].membership.pk},
    **_all("accounts", "desk desk_put_in desk_close", lambda w: {"pk": w.desk.pk}),
    **_all("accounts", "person role_propose", lambda w: {"pk": w.analyst.pk}),
    "accounts:on_call": lambda w: {"pk": w.analyst.pk, "team": w.team.pk},
    **_all("accounts", "role_change role_change_decide role_change_withdraw", lambda w: {"uid": w.role_change.uid}),
    **_all("accounts", "block_lift_ask staff_block_lift", lambda w: {"uid": w.role_change.uid}),
    **_all(
        "accounts",
        "invitation invitation_decide invitation_withdraw invitation_again",
        lambda w: {"uid": w.invitation.uid},
    ),
    "accounts:join": lambda w: {"uid": w.invitation.uid, "token": "used"},
    **_all("accounts", "lost_factor_case lost_factor_call", lambda w: {"uid": w.lost.uid}),
    **_all("accounts", "lost_factor_recognise lost_factor_decide", lambda w: {"uid": w.lost_by_staff.uid}),
    "accounts:lost_factor_link": lambda w: {"uid": w.lost.uid, "token": "used"},
    "accounts:change_confirm": lambda w: {"uid": w.lost.uid, "token": "used"},
    **_all("accounts", "officer officer_lead officer_lead_call officer_lead_end", lambda w: {"pk": w.owner.pk}),
    **_all("officer", f"{_DRAFT} identifiers_template", lambda w: {"uid": w.draft.uid}),
    **_all(
        "officer",
        "identifiers_import identifiers_import_cancel identifiers_import_refused",
        lambda w: {"uid": w.draft.uid, "number": w.targets_file.uid},
    ),
    "officer:draft_file": lambda w: {"uid": w.draft.uid, "document": w.draft.documents.first().uid},
    **_all("officer", "order_new order_reuse", lambda w: {"uid": w.draft.uid}),
    **_all(
        "officer",
        "order order_remove order_draft_version",
        lambda w: {"uid": w.draft.uid, "order": w.draft.orders.get().uid},
    ),
    "officer:orders": _of("submitted"),
    "officer:order_version": _of("submitted", order=lambda w: w.submitted.orders.get().uid),
    **_all("officer", "request received sent withdraw copy documents documents_remove", _of("submitted")),
    **_all("officer", "appeal refile", _of("submitted")),
    "officer:renew_bar": _of("granted"),
    "officer:letter": _of("granted", number=lambda w: 1),
    "staff:letter": _of("submitted"),
    "staff:letter_again": _of("granted", version=lambda w: 1),
    "staff:letter_page": _of("granted", version=lambda w: 1, number=lambda w: 1),
    "officer:question": _of("asked", number=lambda w: 1),
    "officer:more_time": _of("asked", number=lambda w: 1),
    "officer:question_file": _of(
        "asked", number=lambda w: 1, document=lambda w: w.asked.clarifications.get().documents.get().uid
    ),
    **_all("officer", "followers hand_over hand_over_cancel print", _of("submitted")),
    **_all("officer", "change_facts change_identifiers change_records", _of("submitted")),
    "officer:follower_end": _of("submitted", pk=lambda w: w.submitted.followers.get().pk),
    **_all("officer", "followers_draft hand_over_draft", lambda w: {"uid": w.draft.uid}),
    "officer:follower_end_draft": lambda w: {"uid": w.draft.uid, "pk": w.draft.followers.get().pk},
    "staff:print": _of("submitted"),
    **_all("staff", "saved_view saved_view_delete", lambda w: {"pk": w.saved_view.pk}),
    "staff:follower": _of("submitted", pk=lambda w: w.submitted.followers.get().pk),
    "staff:hand_over": _of("submitted", uid=lambda w: w.submitted.hand_overs.get().uid),
    "officer:file": _of("submitted", document=lambda w: w.submitted.documents.first().uid),
    **_all("officer", "emergency emergency_contact emergency_after emergency_hold", _of("emergency")),
    **_all(
        "staff",
        "not_emergency emergency_after emergency_accept emergency_send_back emergency_excuse emergency_told",
        _of("emergency"),
    ),
    **_all("records", "package passphrase archive letter manifest taken proof", _of("granted", number=lambda w: 1)),
    "records:item": _of("granted", number=lambda w: 1, name=lambda w: w.package.items.first().name),
    "records:certificate": _of("granted", number=lambda w: 1, uid=lambda w: w.signed.uid),
    **_all("holds", "identifiers records reason law check delete", lambda w: {"uid": w.hold_draft.uid}),
    "holds:filed": _of("hold"),
    **_all("holds", "again staff_accept accept decline staff_call call_record", _of("hold")),
    "holds:call_second": _of("hold", pk=lambda w: _call_about_hold(w.hold).pk),
    **_all("holds", "followers take_over", _of("hold")),
    **_all("holds", "staff_look needed", _of("hold")),
    "holds:follower_end": _of("hold", pk=lambda w: w.hold.followers.get().pk),
    **_all("holds", "detail started extend release certificate staff_detail staff_certificate treaty", _of("hold")),
    "holds:decide": _of("hold", uid=lambda w: w.extension.uid),
    **_all("holds", "manifest try_again", _of("hold")),
    **_all("holds", "release_part still_runs staff_release_part end_early staff_filed", _of("hold")),
    "officer:request_holds": _of("submitted"),
    "officer:hold_attach": _of("hold"),
    **_all("holds", "old_certificate staff_old_certificate", _of("hold", uid=lambda w: w.hold.certificate.uid)),
    "holds:choose": _of("hold", pk=lambda w: w.hold.identifiers.first().pk),
    "holds:document_page": _of("hold", number=lambda w: 1),
    "holds:document": _of("hold"),
    "holds:extension_document": _of("hold", uid=lambda w: w.extension.uid),
    "holds:extension_page": _of("hold", uid=lambda w: w.extension.uid, number=lambda w: 1),
    **_all("staff", _DESK, _of("submitted")),
    "staff:minimum": _of("emergency"),
    "staff:call_second": _of("emergency", pk=lambda w: _call_about(w.emergency).pk),
    **_all("staff", "readers readers_add readers_remove readers_restrict request_counsel", _of("submitted")),
    "staff:alarm": lambda w: {"uid": w.alarm.uid},
    **_all("staff", "breach breach_write", lambda w: {"uid": w.breach.uid}),
    **_all("staff", "unusual_report unusual_close unusual_file", lambda w: {"uid": w.weekly.uid}),
    "staff:unusual_finding": lambda w: {"uid": w.weekly.findings.last().uid},
    "staff:compliance": _of("submitted"),
    "staff:bar": _of("submitted", pk=lambda w: w.submitted.non_disclosure_orders.get().pk),
    "staff:hold_compliance": _of("hold"),
    "staff:restriction": lambda w: {"uid": w.question.uid},
    **_all("staff", "incoming_message incoming_attach incoming_dismiss", lambda w: {"uid": _arrival(w).uid}),
    **_all("staff", "incoming_call incoming_hold", lambda w: {"uid": _arrival(w).uid}),
    "staff:incoming_second": lambda w: {"uid": _arrival(w).uid, "pk": 1},
    "staff:incoming_page": lambda w: {"uid": _arrival(w).uid, "document": w.takedown.document.uid, "number": 1},
    **_all("staff", "record record_call record_hold", lambda w: {"uid": w.agency.uid}),
    **_all("staff", "recorded recipient", _of("submitted")),
    **_all("staff", "takedown takedown_take takedown_propose takedown_sign", _of("takedown")),
    **_all("staff", "takedown_send_back takedown_document", _of("takedown")),
    **_all("staff", "batch batch_results", lambda w: {"uid": w.batch.uid}),
    "staff:batch_check": lambda w: {"uid": w.batch_file.uid},
    "staff:takedown_page": lambda w: {"reference": w.takedown.reference, "number": 1},
    "staff:takedown_reply": lambda w: {"reference": w.takedown.reference, "form": "txt"},
    "urgent:told": lambda w: {"uid": w.contact.uid},
    **_all("staff", "urgent_contact urgent_take urgent_agency urgent_call urgent_hold", _of("contact")),
    **_all("staff", "urgent_turn_away urgent_end", _of("contact")),
    "staff:urgent_second": _of("contact", pk=lambda w: w.contact_call.pk),
    "staff:compare": _of("submitted", other=lambda w: w.asked.reference),
    **_all(
        "staff",
        "freeze freeze_record freeze_confirm freeze_instruct freeze_again freeze_by_hand freeze_clear",
        _of("freeze"),
    ),
    **_all("staff", "lift lift_begin lift_record lift_instruct lift_confirm lift_decline", _of("frozen")),
    **_all("staff", "extension_check extension_confirm extension_decline", _of("frozen")),
    **_all("officer", "freeze_lift freeze_letter", _of("frozen")),
    **_all("officer", "step_assets restricted", lambda w: {"uid": w.draft.uid}),
    **_all("staff", "catalogue_type catalogue_switch", lambda w: {"code": "TEST-COURT-ORDER"}),
    **_all("staff", "calendar calendar_change calendar_recount", lambda w: {"pk": w.submitted.provider.calendar_id}),
    **_all("accounts", "message_word message_html", lambda w: {"event": "question_asked"}),
    **_all("staff", "routing_rule routing_switch routing_move", lambda w: {"uid": w.rule.uid}),
    **_all("staff", "rota_step rota_move rota_remove rota_duty_new", lambda w: {"uid": w.duty.step.uid}),
    **_all("staff", "rota_duty rota_duty_remove", lambda w: {"uid": w.duty.step.uid, "pk": w.duty.pk}),
    **_all("staff", "absence absence_end", lambda w: {"uid": w.absence.uid}),
    **_all("staff", "company_key_shown company_key_end", lambda w: {"key_id": _connector_key()}),
    "staff:company_again": lambda w: {"uid": _instruction(w).uid},
    **_all("staff", "entry_point entry_point_remove", lambda w: {"country": w.entry_point.jurisdiction_id}),
    "officer:guidelines": lambda w: {"country": w.entry_point.jurisdiction_id},
    "officer:stop": lambda w: {"code": "sealed"},
    "staff:page_image": _of("submitted", uid=lambda w: w.submitted.documents.first().document.uid, number=lambda w: 1),
    "staff:document": _of("submitted", uid=lambda w: w.submitted.documents.first().document.uid),
    "staff:document_copy": _of("submitted", uid=lambda w: w.submitted.documents.first().document.uid),
    "staff:document_find": _of("submitted", uid=lambda w: w.submitted.documents.first().document.uid),
    **_all("staff", "cancel_question more_time", _of("asked", uid=lambda w: w.asked.clarifications.get().uid)),
    "staff:question_file": _of(
        "asked",
        uid=lambda w: w.asked.clarifications.get().uid,
        document=lambda w: w.asked.clarifications.get().documents.get().uid,
    ),
    **_all("staff", "text text_copy text_retire", lambda w: {"uid": w.text.uid}),
    **_all("staff", "approval sign send_back recall", _of("waiting")),
    "later:ask": _of("granted"),
    "later:take_back": _of("granted", uid=lambda w: w.asked_later.uid),
    **_all(
        "staff_certificates",
        "certificate sign scan confirm_scan discard draft_file change",
        lambda w: {"uid": w.certificate.uid},
    ),
    **_all("staff_certificates", "withdraw signed_file", lambda w: {"uid": w.signed.uid}),
    "staff_certificates:draft": _of("granted", number=lambda w: 1),
    **_all("staff_later", "one reply", _of("granted", uid=lambda w: w.asked_later.uid)),
    "staff_later:reissue": _of("granted", number=lambda w: 1),
    **_all("staff_later", "costs costs_file", _of("granted")),
    "staff_later:cost_remove": _of("granted", uid=lambda w: w.cost.uid),
    **_all("staff_records", "list start add", _of("granted")),
    "staff_records:copy": lambda w: {"uid": w.copy.uid},
    **_all("staff_records", "added added_file added_copy added_remove", _of("granted", uid=lambda w: w.added.uid)),
    "staff_records:added_page": _of("granted", uid=lambda w: w.added.uid, number=lambda w: 1),
    **_all(
        "staff_records",
        "package receipts build_again release stop take_back letter manifest letter_pages proof",
        _of("granted", number=lambda w: 1),
    ),
    "staff_records:letter_page": _of("granted", number=lambda w: 1, page=lambda w: 1),
    "staff_records:certificate_pages": _of("granted", number=lambda w: 1, uid=lambda w: w.certificate.uid),
    "staff_records:certificate_page": _of(
        "granted", number=lambda w: 1, uid=lambda w: w.certificate.uid, page=lambda w: 1
    ),
    **_all(
        "staff_records",
        "collected collected_outside collected_take_out",
        _of("granted", number=lambda w: 1, uid=lambda w: w.collected.uid),
    ),
    **_all("staff_recalls", "recall confirm drop mistake", _of("granted", number=lambda w: 2)),
    "staff_recalls:person": _of("granted", number=lambda w: 2, uid=lambda w: w.destruction.uid),
    "recalls:destruction": lambda w: {"uid": w.destruction.uid},
    "staff_records:collected_page": _of(
        "granted", number=lambda w: 1, uid=lambda w: w.collected_document.uid, page=lambda w: 1
    ),
    **_all(
        "staff_records",
        "propose_waiver waive notice notice_decide notice_letter",
        _of("granted", uid=lambda w: w.notice.uid),
    ),
}


def kwargs_of(name: str, world: World) -> dict[str, Any]:
    """Return an address's example; one that needs none has none."""
    make = EXAMPLES.get(name)
    return make(world) if make else {}
