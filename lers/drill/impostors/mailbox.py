"""Drill 1: the mailbox of a known officer is in the impostor's hands, and everything that is mailed to it."""

from http import HTTPStatus

from accounts.enums import CallBackResult
from accounts.models import LostFactor
from accounts.services import lost_factor
from accounts.services.suspensions import Told
from lers.demo.people import HARLOW, who
from lers.drill.impostors import persons, play
from lers.drill.impostors.acts import reach_for, sign_in, take
from lers.drill.impostors.browser import Answer, Browser
from lers.drill.impostors.counting import Watch, telling, words_of_cases
from lers.drill.impostors.play import Play
from lers.drill.impostors.story import Story
from lers.drill.impostors.world import ACCOUNT
from lers.mail_catcher import newest

_NEW = "a password that the thief chose"


class Mailbox(Play):
    """Drill 1."""

    name = "Mailbox taken over"
    had = "the mailbox of an officer with released records, and through it every link that we mail"

    def prepare(self) -> None:
        """Have an officer with records to download."""
        self.officer = persons.officer(play.agency_of(HARLOW), "Dana Whit")
        self.package = self.world.released(self.officer.user)
        self.mailboxes = (self.officer.user.email,)

    def honest(self, watch: Watch) -> None:
        """Forget the password, set a new one by mail, show the app, and take the records."""
        browser = watch.looks_at(self.world.browser())
        self._resets(browser, persons.PASSWORD + " again")
        sign_in(browser, self.officer, password=persons.PASSWORD + " again")
        # What somebody signs in with changed: only where that made a download wait, time is moved here.
        self.world.let_time_pass(self.officer.user)
        take(browser, self.package)

    def impostor(self, story: Story, watch: Watch) -> None:
        """Reset the password by mail, and then get past the second factor by every way that begins with a mailbox."""
        browser = watch.looks_at(self.world.browser())
        old = telling(newest(self.world.mail_folder, to=self.officer.user.email), words_of_cases(), [ACCOUNT])
        story.tried("reads the mails that are there for anything of a case", "" if old else "no mail says any of it")
        self._resets(browser, _NEW)
        browser.press("/sign-in/", "password", email=self.officer.user.email, password=_NEW)
        reach_for(story, browser, self.package, "new password")
        self._factor(story, browser)
        self._lost(story, browser)

    def _resets(self, browser: Browser, password: str) -> None:
        email = self.officer.user.email
        known = self.world.count(email, "/sign-in/new-password/")
        browser.press("/sign-in/forgotten/", "email", email=email)
        self.world.until(lambda: self.world.count(email, "/sign-in/new-password/") > known, "the mail of a reset")
        browser.press(self.world.link(email, "/sign-in/new-password/"), "password", password=password)

    def _factor(self, story: Story, browser: Browser) -> None:
        story.tried("sets up a factor of their own", browser.get("/account/factors/new/").stopped_by)
        for code in ("000000", "123456"):
            done = browser.press("/sign-in/factor/", "code", code=code, factor="totp")
            story.tried("guesses a code of the app", _wrong(done))
        done = browser.press("/sign-in/factor/", "recovery", recovery="abcd-efgh-ijkl", factor="recovery")
        story.tried("guesses a recovery code", _wrong(done))
        story.tried("files an emergency", browser.get("/emergency/new/").stopped_by)
        story.tried("changes the address", browser.get("/account/change/").stopped_by)

    def _lost(self, story: Story, browser: Browser) -> None:
        """Ask for a reset of the factor; the desk calls the agency, where the officer sits and never asked."""
        browser.press("/account/lost/", "reason", reason="My phone fell into the harbour. Call me on +44 1632 960777.")
        case, analyst, approver = LostFactor.objects.get(user=self.officer.user), who("analyst"), who("approver")

        def reset() -> object:
            return lost_factor.reset(case, reason="Sounds like the officer.", by=approver)

        story.tried(
            "desk by mistake: resets the factor without a call",
            play.refused(reset, "a call to the directory's number first"),
        )
        agency = play.agency_of(HARLOW)
        by_mail = Told(CallBackResult.CONFIRMED, alternative="mail", spoke_to="Dana Whit, by mail")
        story.tried(
            "desk by mistake: takes a mail from the mailbox for a call-back",
            play.refused(lambda: lost_factor.record_call(case, by_mail, by=analyst)),
        )
        heard = Told(CallBackResult.OFFICER_ONLY, play.directory_number(agency), spoke_to="Duty desk")
        lost_factor.record_call(case, heard, by=analyst)
        story.tried(
            "desk by mistake: resets although the agency did not confirm",
            play.refused(reset, "a call to the directory's number first"),
        )
        story.saw.append("a lost factor whose officer, called at the directory's number, never asked")
        lost_factor.refuse(case, reason="The officer did not ask.", by=analyst)
        story.tried("new factor after the refusal", browser.get("/account/factors/new/").stopped_by)


def _wrong(answer: Answer) -> str:
    return "second factor: wrong code" if answer.status == HTTPStatus.UNPROCESSABLE_ENTITY else answer.stopped_by
