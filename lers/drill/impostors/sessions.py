"""Drill 5: the cookie of a session is used from elsewhere, an officer's and those of two people of the staff."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from accounts.access import FACTOR_AT
from accounts.enums import CallBackResult
from accounts.models import AgencyNumber
from accounts.permissions import Role
from accounts.services import sessions
from accounts.session_store import SessionStore
from lers.demo import desk
from lers.demo.people import PORTO_SERENO, who
from lers.drill.impostors import persons, play
from lers.drill.impostors.acts import address_of, sign_in, take
from lers.drill.impostors.browser import Browser
from lers.drill.impostors.counting import Watch
from lers.drill.impostors.play import Play
from lers.drill.impostors.story import Story
from lers.drill.impostors.world import EMAIL
from requests_app.enums import RequestKind
from requests_app.models import DataRequest, DisclosurePackage
from requests_app.services import call_backs, triage

_ELSEWHERE = "Mozilla/5.0 (Windows NT 10.0) Elsewhere"
# Another network, as far as one machine has any.
_NETWORK = "127.0.0.2"
_DANGER = {
    "danger": "A boy of nine from Drillholm is missing since noon, and there is a note.", "imminence": "now",
    "identifiers": EMAIL, "categories": "registration", "why_data": "It shows where the writer of the note is.",
    "why_no_process": "No court sits before Monday.", "phone": "+447700900733", "supervisor": "Rui Prado",
    "supervisor_phone": "+447700900734", "process_follows": "no", "attest": "on",
}  # fmt: skip
# Longer ago than a second factor is fresh.
_AGO = timedelta(minutes=10)


class StolenSession(Play):
    """Drill 5."""

    name = "Stolen session"
    had = "the cookies of an officer, an approver and an analyst, ten minutes after their second factor"

    def prepare(self) -> None:
        """Have records to take, a package to release, and their people."""
        self.officer = persons.officer(play.agency_of(PORTO_SERENO), "Renata Gal")
        self.package = self.world.released(self.officer.user)
        self.sealed = self.world.sealed(self.officer.user)
        self.approver = persons.colleague(self.world.provider, Role.APPROVER, "Ada Quist")
        self.analyst = persons.colleague(self.world.provider, Role.ANALYST, "Ben Quist")
        # The session that is stolen has downloaded something before.
        self.owner = self.world.browser()
        sign_in(self.owner, self.officer)
        self.owner.get(address_of(self.package, "archive"))

    def honest(self, watch: Watch) -> None:
        """The approver shows a factor and releases; the officer does, and takes the records."""
        other = self.world.sealed(self.officer.user)
        staff = watch.looks_at(self.world.browser())
        sign_in(staff, self.approver)
        staff.press(_staff(other), "", to=f"{_staff(other)}release/")
        browser = watch.looks_at(self.world.browser())
        sign_in(browser, self.officer)
        take(browser, other)

    def impostor(self, story: Story, watch: Watch) -> None:
        """Use each cookie from elsewhere."""
        self._officer(story, watch)
        stale = watch.looks_at(self.world.browser(cookie=self._cookie(self.approver), agent=_ELSEWHERE))
        self._releases(story, stale, "approver's cookie")
        fresh = watch.looks_at(self.world.browser(cookie=self._cookie(self.analyst, aged=False), agent=_ELSEWHERE))
        self._releases(story, fresh, "analyst's cookie, left open by mistake with a fresh factor")

    def _officer(self, story: Story, watch: Watch) -> None:
        _age(self.owner.cookie)
        thief = watch.looks_at(self.world.browser(cookie=self.owner.cookie, agent=_ELSEWHERE, network=_NETWORK))
        reference = self.package.data_request.reference
        _needs_factor(story, thief, {
            "takes the archive": address_of(self.package, "archive"),
            "takes the letter": address_of(self.package, "letter"),
            "takes the manifest": address_of(self.package, "manifest"),
            "hands the request over": f"/requests/{reference}/hand-over/",
            "adds a factor": "/account/factors/new/",
            "changes the address": "/account/change/",
            "renews the recovery codes": "/account/recovery-codes/new/",
        })  # fmt: skip
        done = thief.press(address_of(self.package), "", to=address_of(self.package, "passphrase"))
        story.tried("officer's cookie: asks for the passphrase", done.stopped_by)
        seen = thief.get(address_of(self.package))
        shown = seen.status == 200 and seen.path == address_of(self.package)
        reads = "reads" if shown else "does not read"
        story.notes.append(f"A stolen session {reads} the page of a package, and what its officer typed.")
        self._emergency(story, thief)
        sessions.end_others(self.officer.user, key=None)
        for what in ("/requests/", address_of(self.package, "archive")):
            story.tried("officer's cookie after the owner ended all sessions", thief.get(what).stopped_by)

    def _emergency(self, story: Story, thief: Browser) -> None:
        """File an emergency with the stolen session, which needs no fresh factor, and hope for a desk in a hurry."""
        thief.press("/emergency/new/", "danger", files=None, **_DANGER)
        mine = DataRequest.objects.filter(officer=self.officer.user, kind=RequestKind.EMERGENCY)
        row = mine.order_by("-pk").first()
        if row is None:
            raise LookupError("The emergency was not filed.")
        analyst = who("analyst")
        triage.take(row, by=analyst)
        typed = AgencyNumber(agency=row.agency, number=_DANGER["phone"], source="Form", entered_at=timezone.now())

        def record(result: str, **way: Any) -> object:
            return call_backs.record(
                row, purpose="request", result=result, spoke_to="Superintendent", by=analyst, **way
            )

        def believes() -> object:
            typed.save()
            return record(CallBackResult.CONFIRMED, number=typed)

        story.tried("emergency, desk by mistake: calls the number of the form", play.refused(believes))
        story.tried(
            "emergency, desk by mistake: calls that number as another way",
            play.refused(lambda: record(CallBackResult.CONFIRMED, alternative=_DANGER["phone"])),
        )
        desk.match(row, at=timezone.now())
        story.tried(
            "emergency, desk by mistake: proposes to give the records without a call",
            play.refused(lambda: desk.propose_grant(row, at=timezone.now())),
        )
        record(CallBackResult.NOT_CONFIRMED, number=play.directory_number(row.agency))
        story.tried(
            "emergency, desk by mistake: proposes although the agency does not confirm",
            play.refused(lambda: desk.propose_grant(row, at=timezone.now())),
        )
        story.saw.append("an emergency whose officer, called at the directory's number, filed nothing")

    def _releases(self, story: Story, thief: Browser, who: str) -> None:
        found = thief.press(_staff(self.sealed), "", to=f"{_staff(self.sealed)}release/")
        story.tried(f"{who}: releases a package", found.stopped_by)
        reference = self.sealed.data_request.reference
        found = thief.press(_staff(self.sealed), "", to=f"/staff/approvals/{reference}/sign/")
        story.tried(f"{who}: signs a decision", found.stopped_by)
        self.sealed.refresh_from_db()

    def _cookie(self, person: persons.Person, *, aged: bool = True) -> str:
        browser = self.world.browser()
        sign_in(browser, person)
        if aged:
            _age(browser.cookie)
        return browser.cookie


def _needs_factor(story: Story, thief: Browser, wanted: dict[str, str]) -> None:
    for what, address in wanted.items():
        before = thief.file_bytes
        found = thief.get(address)
        story.tried(f"officer's cookie: {what}", found.stopped_by if thief.file_bytes == before else "")


def _staff(package: DisclosurePackage) -> str:
    return f"/staff/requests/{package.data_request.reference}/records/{package.number}/"


def _age(cookie: str) -> None:
    """Let the session's second factor have been shown a while ago: time is moved, nobody waits for it."""
    store = SessionStore(session_key=cookie)
    store[FACTOR_AT] = (timezone.now() - _AGO).isoformat()
    store.save()
