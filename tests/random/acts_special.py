"""Emergencies before anything leaves, and certificates."""

from django.db import transaction

from accounts.models import CallBack
from foundation.core.paper import PDF
from foundation.documents import services as documents
from requests_app.confirming import granted_categories
from requests_app.models import Certificate
from requests_app.services import call_backs, certificates, minimum, not_emergency, paper_looks
from tests.random.acts import act, requests
from tests.random.acts_access import ANSWERS
from tests.random.acts_records import all_packages
from tests.random.world import World

SEALED = ["sealed", "released", "expired", "purged"]
WAITING = {"in_review", "awaiting_approval", "granted"}


def calls(_world: World) -> list[CallBack]:
    """All calls about requests."""
    return list(CallBack.objects.exclude(about_reference="").select_related("number").order_by("pk"))


def all_certificates(_world: World) -> list[Certificate]:
    """All certificates."""
    rows = Certificate.objects.select_related("package__data_request", "custodian", "draft", "signed")
    return list(rows.order_by("pk"))


def _is_called_about(row):
    return (row.kind == "emergency" and row.status in WAITING) or (row.kind == "freeze" and row.status == "closed")


# Emergencies ----------------------------------------------------------------------------------------------------------
@act("analyst", requests, meant=_is_called_about, quiet=True)
def call_agency(w, row, by, how):
    """An analyst calls the agency about an emergency, or reaches the supervisor there."""
    number = row.agency.numbers.first() if how % 6 else None
    result = ANSWERS[how % len(ANSWERS)]
    spoke = "" if result == "no_answer" else ["Duty desk", "Chief Inspector K. Aas"][how % 2]
    call_backs.record(
        row, purpose=["request", "supervisor"][how % 2], number=number, alternative="" if number else "liaison",
        result=result, spoke_to=spoke, by=by,
    )  # fmt: skip


def _wants_a_second(call):
    return call.number is None and call.result == "confirmed" and call.seconded_at is None


@act("analyst approver", calls, meant=_wants_a_second)
def vouch(w, call, by, how):
    """A second person vouches for a call that went another way."""
    call_backs.second(call, by=by)


@act("analyst", requests, meant=lambda row: row.kind == "emergency" and row.status == "in_review")
def state_minimum(w, row, by, how):
    """An analyst says why each kind of records averts the harm."""
    minimum.state(row, why=dict.fromkeys(granted_categories(row), "It shows where she is"), left_out="None", by=by)


@act("analyst", requests, meant=lambda row: row.kind == "emergency" and row.status in {"submitted", "in_review"})
def make_ordinary(w, row, by, how):
    """An analyst finds that it is no emergency: the officer has it again, as a draft."""
    not_emergency.go_on_as_ordinary(row, reason="Nobody is in danger.", by=by)
    row.refresh_from_db()
    w.notes.requests[row.pk].with_us = row.status != "draft"


# Certificates ---------------------------------------------------------------------------------------------------------
@act("analyst custodian", all_packages, of=SEALED)
def draft_certificate(w, package, by, how):
    """Somebody drafts a certificate for the custodian."""
    facts = {"title": "Records custodian", "place": "Dublin"}
    certificates.draft(package, form="generic", custodian=w.person("curt"), facts=facts, by=by)


@act("custodian", all_certificates, of=["draft"])
def sign_certificate(w, certificate, by, how):
    """The custodian signs by hand: what the worker found of the scan is taken as read."""
    with transaction.atomic():
        name = f"scan-{certificate.pk}.pdf"
        scan = documents.write_generated(
            b"%PDF-1.7 signed", filename=name, media_type=PDF, purpose="certificate", by=by, preview=False
        )
        Certificate.objects.filter(pk=certificate.pk).update(signed=scan)
        paper_looks.note_look(certificate.package, scan, by=by)
        certificates.sign_by_hand(certificate, seen=scan.sha256, by=by)


@act("custodian", all_certificates, of=["draft"])
def discard_certificate(w, certificate, by, how):
    """The draft is dropped."""
    certificates.discard(certificate, reason="Another form", by=by)


@act("custodian", all_certificates, of=["signed"])
def withdraw_certificate(w, certificate, by, how):
    """A signed certificate stands no longer."""
    certificates.withdraw(certificate, reason="A wrong period", by=by)
