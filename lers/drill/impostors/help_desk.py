"""Drill 6: somebody calls the help desk, names a number of their own, and wants a factor reset."""

from accounts.enums import CallBackResult
from accounts.models import LostFactor, User
from accounts.permissions import Role
from accounts.services import lost_factor
from accounts.services.suspensions import Told
from lers.demo.people import STRAITS_QUAY, who
from lers.drill.impostors import persons, play
from lers.drill.impostors.acts import address_of, reach_for, set_up, take
from lers.drill.impostors.browser import Browser
from lers.drill.impostors.counting import Watch
from lers.drill.impostors.persons import PASSWORD, Person
from lers.drill.impostors.play import Play
from lers.drill.impostors.story import Story

_OWN = "+65 6555 0177"


class HelpDesk(Play):
    """Drill 6."""

    name = "Help desk caller"
    had = "the passwords of an officer and of an approver, a good voice, and at the end the officer's mailbox too"

    def prepare(self) -> None:
        """Have an officer and an approver whose password is known, and records for both."""
        agency = self.agency = play.agency_of(STRAITS_QUAY)
        self.honest_one = persons.officer(agency, "Jia Lim")
        self.officer = persons.officer(agency, "Wei Tan")
        self.approver = persons.colleague(self.world.provider, Role.APPROVER, "Cora Quist")
        self.helper = persons.colleague(self.world.provider, Role.ADMINISTRATOR, "Dora Quist")
        self.known = self.world.released(self.honest_one.user)
        self.package = self.world.released(self.officer.user)
        self.sealed = self.world.sealed(self.officer.user)

    def honest(self, watch: Watch) -> None:
        """Lose the phone, be called at the agency, be reset by two people, wait, and take the records."""
        browser = watch.looks_at(self.world.browser())
        case = self._asks(browser, self.honest_one)
        told = Told(CallBackResult.CONFIRMED, play.directory_number(self.agency), spoke_to="Duty desk")
        lost_factor.record_call(case, told, by=who("analyst"))
        lost_factor.reset(case, reason="The agency confirmed.", by=who("approver"))
        self._new_factor(browser, self.honest_one.user)
        self.world.let_time_pass(self.honest_one.user)
        take(browser, self.known)

    def impostor(self, story: Story, watch: Watch) -> None:
        """Ask for the officer's factor, then for the approver's."""
        browser = watch.looks_at(self.world.browser())
        case = self._asks(browser, self.officer)
        self._talks(story, case)
        self._deceives_one(story, case)
        self._has_it_all(story, browser)
        self._staff(story, watch)

    def _asks(self, browser: Browser, person: Person) -> LostFactor:
        browser.press("/sign-in/", "password", email=person.user.email, password=PASSWORD)
        browser.press("/account/lost/", "reason", reason=f"My phone is gone. Call me on {_OWN}, it is urgent.")
        return LostFactor.objects.get(user=person.user)

    def _talks(self, story: Story, case: LostFactor) -> None:
        """The desk's mistakes one by one, each of which is enough for the caller elsewhere."""
        analyst, approver = who("analyst"), who("approver")
        own = Told(CallBackResult.CONFIRMED, alternative=_OWN, spoke_to="Wei Tan")
        silent = Told(CallBackResult.NO_ANSWER, play.directory_number(self.agency))

        def reset() -> object:
            return lost_factor.reset(case, reason="The caller knew the badge number.", by=approver)

        story.tried(
            "desk by mistake: resets while the caller waits",
            play.refused(reset, "a call to the directory's number first"),
        )
        story.tried(
            "desk by mistake: calls the number that the caller gave",
            play.refused(lambda: lost_factor.record_call(case, own, by=analyst)),
        )
        story.tried(
            "desk by mistake: recognises the voice",
            play.refused(lambda: lost_factor.recognise(case, how="I know the voice.", by=analyst)),
        )
        lost_factor.record_call(case, silent, by=analyst)
        story.tried(
            "desk by mistake: resets because nobody answered at the agency",
            play.refused(reset, "a call to the directory's number first"),
        )
        story.saw.append("a lost factor with a number that is not the directory's; nobody answered there")

    def _deceives_one(self, story: Story, case: LostFactor) -> None:
        """One person writes down a call that never was: still another one must reset."""
        deceived = who("approver")
        lie = Told(CallBackResult.CONFIRMED, play.directory_number(self.agency), spoke_to="Nobody was called")
        lost_factor.record_call(case, lie, by=deceived)
        story.tried(
            "desk by mistake: one person writes down a call and resets",
            play.refused(lambda: lost_factor.reset(case, reason="I called.", by=deceived)),
        )

    def _has_it_all(self, story: Story, browser: Browser) -> None:
        """Two people of the desk are deceived and the mailbox is lost, too: the days of waiting are left."""
        case = LostFactor.objects.get(user=self.officer.user)
        lost_factor.reset(case, reason="As recorded.", by=who("second_approver"))
        story.tried("caller without the mailbox: new factor after the reset", _open(browser, "/account/factors/new/"))
        self._new_factor(browser, self.officer.user)
        for kind in ("archive", "letter", "manifest"):
            before = browser.file_bytes
            found = browser.get(address_of(self.package, kind))
            waits = "" if browser.file_bytes > before else "downloads wait after a reset"
            story.tried(f"caller with the mailbox and a new factor: {kind}", found.stopped_by or waits)
        found = browser.press(address_of(self.package), "", to=address_of(self.package, "passphrase"))
        shown = "passphrase" in found.path
        story.tried("caller with the mailbox: passphrase", found.stopped_by or ("" if shown else "downloads wait"))

    def _staff(self, story: Story, watch: Watch) -> None:
        """The same about an approver: a colleague, another colleague, and then the days of waiting."""
        browser = watch.looks_at(self.world.browser())
        case = self._asks(browser, self.approver)
        helper, second = self.helper.user, who("administrator")
        story.tried(
            "desk by mistake: resets a colleague who called",
            play.refused(lambda: lost_factor.reset(case, reason="She called.", by=helper), "two colleagues"),
        )
        lost_factor.recognise(case, how="She called, and I know the voice.", by=helper)
        story.tried(
            "desk by mistake: the same person resets",
            play.refused(lambda: lost_factor.reset(case, reason="She called.", by=helper), "two colleagues"),
        )
        lost_factor.reset(case, reason="As written down.", by=second)
        self._new_factor(browser, self.approver.user)
        here = f"/staff/requests/{self.sealed.data_request.reference}/records/{self.sealed.number}/"
        found = browser.press(here, "", to=f"{here}release/")
        self.sealed.refresh_from_db()
        released = self.sealed.released_at is not None
        story.tried(
            "as the approver: releases", found.stopped_by or ("" if released else "releases wait after a reset")
        )
        reach_for(story, browser, self.package, "as the approver, on the officers' side")

    def _new_factor(self, browser: Browser, user: User) -> None:
        """Open the mailed link of the reset, show the password, and set up an app."""
        link = self.world.link(user.email, "/lost/")
        set_up(browser, browser.press(link, "password", password=PASSWORD))


def _open(browser: Browser, address: str) -> str:
    return browser.get(address).stopped_by
