"""Drills 2 and 3: somebody signs up with an expired domain of a known agency, or with one that looks like one."""

from accounts.enums import CallBackResult, DeclineCode
from accounts.models import AccessApplication
from accounts.services import vetting
from lers.demo.people import NORDVIK, VALCLAIR, who
from lers.drill.impostors import persons, play
from lers.drill.impostors.acts import (
    Applicant,
    ask,
    reach_for,
    sign_up,
    take,
    user_of,
)
from lers.drill.impostors.browser import Browser
from lers.drill.impostors.counting import Watch
from lers.drill.impostors.persons import PASSWORD
from lers.drill.impostors.play import Play
from lers.drill.impostors.story import Story


class _SignsUp(Play):
    """Somebody comes in through the front door, with a mailbox that works."""

    domain = ""
    honest_one: Applicant
    forger: Applicant

    def prepare(self) -> None:
        """Have records that wait for the true officer of the agency."""
        self.agency = play.agency_of(self.domain)
        # The officer of the agency whose records the impostor is after.
        self.victim = persons.officer(self.agency, "Paal Renaud")
        self.package = self.world.released(self.victim.user)

    def honest(self, watch: Watch) -> None:
        """Sign up, be called about at the directory's number, be let in by two people, ask, and take the records."""
        browser = watch.looks_at(self.world.browser())
        application = sign_up(self.world, browser, self.honest_one, self.agency)
        play.vet(application)
        take(browser, self.world.released(user_of(application)))

    def signs_up(self, story: Story, watch: Watch) -> tuple[Browser, AccessApplication]:
        """Apply with the impostor's address, and look around with the account that comes with it."""
        browser = watch.looks_at(self.world.browser())
        application = sign_up(self.world, browser, self.forger, self.agency)
        play.look_at(story, application, self.world)
        reach_for(story, browser, self.package, "applicant")
        story.tried("applicant: files an emergency", browser.get("/emergency/new/").stopped_by)
        story.tried("applicant: files a freeze", browser.get("/freeze/new/").stopped_by)
        return browser, application

    def is_declined(self, story: Story, application: AccessApplication, result: CallBackResult) -> None:
        """The desk does its work: it calls the directory's number and hears that nobody applied."""
        play.call(application, result)
        story.tried(
            "desk by mistake: recommends although the agency does not confirm",
            play.refused(lambda: vetting.recommend(application, by=who("analyst"), reason="Sounds right.")),
        )
        story.saw.append(f"call to the directory's number: {result.label}")
        vetting.decline(
            application, by=who("analyst"), reason="The agency does not know of it.", warn=True,
            code=DeclineCode.NOT_CONFIRMED,
        )  # fmt: skip


class ExpiredDomain(_SignsUp):
    """Drill 2."""

    name = "Expired domain"
    had = "the domain of a known agency, bought after it lapsed, with every mailbox under it"
    domain = VALCLAIR
    honest_one = Applicant(f"l.fabre@{VALCLAIR}", "Lucie Fabre", "DV 901", "+441632960312")
    forger = Applicant(f"h.caron@{VALCLAIR}", "Hugo Caron", "DV 933", "+441632960399")
    mailboxes = (VALCLAIR,)

    def impostor(self, story: Story, watch: Watch) -> None:
        """Sign up with a new address under it, then take the account of an officer by its mailbox."""
        _browser, application = self.signs_up(story, watch)
        play.decide_without_a_call(story, application)
        play.call_the_number_of_the_form(story, application)
        self.is_declined(story, application, CallBackResult.NOT_CONFIRMED)
        self._takes_an_account(story, watch)

    def _takes_an_account(self, story: Story, watch: Watch) -> None:
        email = self.victim.user.email
        browser = watch.looks_at(self.world.browser())
        browser.press("/sign-in/forgotten/", "email", email=email)
        browser.press(self.world.link(email, "/sign-in/new-password/"), "password", password=PASSWORD)
        browser.press("/sign-in/", "password", email=email, password=PASSWORD)
        reach_for(story, browser, self.package, "old account, password reset by mail")
        story.tried("old account: sets up a new factor", browser.get("/account/factors/new/").stopped_by)


class LookAlike(_SignsUp):
    """Drill 3."""

    name = "Look-alike domain"
    had = "three domains that look like an agency's, with mailboxes that work"
    domain = NORDVIK
    honest_one = Applicant(f"t.moen@{NORDVIK}", "Tuva Moen", "24711", "+441632960144")
    forger = Applicant("t.vik@politiet-nordvik.example", "Tor Vik", "24001", "+441632960142")
    mailboxes = ("politiet-nordvik.example", "politlet.nordvik-politi.example", "politiet-nordvik.test")

    def impostor(self, story: Story, watch: Watch) -> None:
        """Sign up under each; the first goes all the way to the desk."""
        _browser, application = self.signs_up(story, watch)
        play.decide_without_a_call(story, application)
        play.call_the_number_of_the_form(story, application)
        self._others(story, watch)
        self.is_declined(story, application, CallBackResult.NOT_CONFIRMED)

    def _others(self, story: Story, watch: Watch) -> None:
        for number, domain in enumerate(self.mailboxes[1:]):
            applicant = Applicant(f"t.vik@{domain}", "Tor Vik", f"2400{number}", "+441632960142")
            browser = watch.looks_at(self.world.browser())
            if why_not := ask(self.world.browser(), f"tor.{applicant.email}"):
                story.tried(f"asks for access with an address of {domain}", why_not)
                continue
            application = sign_up(self.world, browser, applicant, self.agency)
            play.look_at(story, application, self.world)
            play.decide_without_a_call(story, application)
            story.tried(f"applicant of {domain}: page /requests/", browser.get("/requests/").stopped_by)
