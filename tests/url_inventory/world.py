"""Objects for every address, with words in them that must not reach the wrong eyes."""

from collections.abc import Callable
from typing import Any

from django.test import Client
from django.utils import timezone

from accounts.models import User
from tests.factories import request_at
from tests.people import client_for, make_agency, make_officer, make_staff, make_user
from tests.url_inventory.visitors import STAFF, VISITORS

TITLE = "Operation Zebrafink"
CASE_NUMBER = "NV 26/77123-Q"
FACTS = "The marmalade ledger was found in the boathouse."
IDENTIFIERS = (("email", "leak.target@mail.example"), ("uid", "9907712345"))
WORDS = {"title": TITLE, "case_number": CASE_NUMBER, "facts": FACTS, "connection": FACTS}


class World:
    """One agency with a case at every stage, a second agency, and one person of each kind."""

    def __init__(self) -> None:
        self.agency = make_agency()
        self.people = self._people()
        self.owner = self.people["owner"]
        self.analyst, self.approver = self.people["analyst"], self.people["approver"]
        self.draft = self._request("draft")
        self.submitted = self._request("submitted")
        self.asked = self._request("awaiting_officer")
        self.emergency = self._request("submitted", kind="emergency")

    def _people(self) -> dict[str, User | None]:
        suspended = make_officer(self.agency)
        suspended.memberships.update(suspended_at=timezone.now())
        return {
            "anonymous": None,
            "half": make_officer(self.agency),
            "newcomer": make_user(),
            "applicant": make_user(),
            "suspended": suspended,
            "owner": make_officer(self.agency),
            "lead": make_officer(self.agency, lead=True),
            "colleague": make_officer(self.agency),
            "stranger": make_officer(),
            **{role: make_staff(role) for role in STAFF},
        }

    def _request(self, status: str, **more: Any) -> Any:
        return request_at(
            status, officer=self.owner, analyst=self.analyst, approver=self.approver, identifiers=IDENTIFIERS,
            **(WORDS | more),
        )  # fmt: skip

    def client(self, name: str) -> Client:
        """Return the browser of this visitor."""
        user = self.people[name]
        if user is None:
            return Client()
        # Read again: a person remembers roles and membership.
        return client_for(User.objects.get(pk=user.pk), verified=VISITORS[name].factor == "verified")

    @property
    def secrets(self) -> list[str]:
        """Words of the case that only those may read who have to do with it."""
        requests = (self.submitted, self.asked, self.emergency)
        return [TITLE, CASE_NUMBER, FACTS, *(given for _kind, given in IDENTIFIERS), *(r.reference for r in requests)]



EXAMPLES: dict[str, Callable[[World], dict[str, Any]]] = {
    "demo_mail_detail": lambda w: {"key": "20261121-000000"},
    "officer:request": lambda w: {"reference": w.submitted.reference},
    "officer:received": lambda w: {"reference": w.submitted.reference},
    "officer:sent": lambda w: {"reference": w.submitted.reference},
    "officer:question": lambda w: {"reference": w.asked.reference, "number": 1},
    "officer:withdraw": lambda w: {"reference": w.submitted.reference},
    "officer:file": lambda w: {"reference": w.submitted.reference, "document": w.submitted.documents.first().uid},
    "officer:draft_file": lambda w: {"uid": w.draft.uid, "document": w.draft.documents.first().uid},
    "officer:emergency": lambda w: {"reference": w.emergency.reference},
    **{
        f"officer:{name}": lambda w: {"uid": w.draft.uid}
        for name in (
            "draft", "draft_delete", "step_identifiers", "step_documents", "step_legal_process", "step_facts",
            "step_records", "step_notice", "check",
        )
    },
}  # fmt: skip


def kwargs_of(name: str, world: World) -> dict[str, Any]:
    """Return an address's example; one that needs none has none."""
    make = EXAMPLES.get(name)
    return make(world) if make else {}
