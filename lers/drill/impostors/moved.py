"""Drill 4: an officer changed the agency, and keeps an old session, an old mailbox and old friends."""

from accounts.models import AccessApplication, AgencyMembership
from lers.demo.people import NORDVIK, NORTHMOOR, who
from lers.drill.impostors import persons, play
from lers.drill.impostors.acts import Applicant, reach_for, sign_in, sign_up, take, user_of
from lers.drill.impostors.browser import Browser
from lers.drill.impostors.counting import Watch
from lers.drill.impostors.play import Play
from lers.drill.impostors.story import Story
from requests_app.models import DataRequest
from requests_app.services import followers, hand_overs


class Moved(Play):
    """Drill 4."""

    name = "Officer moved agency"
    had = "an open session, the old mailbox and the old app, and a true new membership of another agency"

    def prepare(self) -> None:
        """Have an officer with records, who leaves, and the lead who stays."""
        agency = play.agency_of(NORDVIK)
        self.lead = persons.officer(agency, "Odd Lead", lead=True)
        self.mover = persons.officer(agency, "Siv Mover")
        self.package = self.world.released(self.mover.user)
        self.given = self.world.released(self.mover.user)
        self.session = self.world.browser()
        sign_in(self.session, self.mover)
        self.mailboxes = (self.mover.user.email, "s.mover.")

    def honest(self, watch: Watch) -> None:
        """The lead removes the one who left, takes over what was left with our agreement, and takes the records."""
        browser = watch.looks_at(self.world.browser())
        sign_in(browser, self.lead)
        member = AgencyMembership.objects.get(user=self.mover.user, ended_at=None)
        browser.press(f"/agency/members/{member.pk}/remove/", "reason", reason="Changed to the police of Northmoor.")
        row = DataRequest.objects.get(pk=self.given.data_request_id)
        found = hand_overs.hand_over(row, to=self.lead.user, reason="She left.", by=self.lead.user)
        if found.decided_at is None:
            hand_overs.agree(found, reason="The lead takes over.", by=who("analyst"))
        take(browser, self.given)

    def impostor(self, story: Story, watch: Watch) -> None:
        """Use what is left of the old place, and then what the new place gives."""
        old = watch.looks_at(self.session)
        reach_for(story, old, self.package, "old session")
        self._old_account(story, watch)
        self._new_agency(story, watch)

    def _old_account(self, story: Story, watch: Watch) -> None:
        """Sign in again with the old password and app, which are still the mover's own."""
        browser = watch.looks_at(self.world.browser())
        sign_in(browser, self.mover)
        reach_for(story, browser, self.package, "old account, both factors")
        for page in ("/emergency/new/", "/freeze/new/", "/agency/"):
            story.tried(f"old account: {page}", browser.get(page).stopped_by)
        reference = self.package.data_request.reference
        found = browser.get(f"/requests/{reference}/hand-over/")
        story.tried("old account: hands the request over", found.stopped_by)

    def _new_agency(self, story: Story, watch: Watch) -> None:
        """Be let in by the new agency, honestly, and reach for what the old one has."""
        browser = watch.looks_at(self.world.browser())
        agency = play.agency_of(NORTHMOOR)
        applicant = Applicant(f"s.mover@{NORTHMOOR}", "Siv Mover", "NM 8810", "+441632960288")
        application = sign_up(self.world, browser, applicant, agency)
        play.vet(application)
        story.saw.append("an application of a known name under another agency's domain")
        reach_for(story, browser, self.package, "new membership")
        self._friends(story, application, browser)

    def _friends(self, story: Story, application: AccessApplication, browser: Browser) -> None:
        """Friends of the old place make the mistake: they name the mover to follow, or hand the request over."""
        new, lead = user_of(application), self.lead.user
        row = DataRequest.objects.get(pk=self.package.data_request_id)
        taken_over = DataRequest.objects.get(pk=self.given.data_request_id)
        story.tried(
            "lead by mistake: names the mover to follow",
            play.refused(lambda: followers.add(taken_over, new, by=lead)),
        )
        followers.ask(taken_over, email=new.email, ground="She began it.", by=lead)
        found = browser.get(f"/requests/{taken_over.reference}/")
        story.tried("lead by mistake: asks that the mover may follow; staff have not agreed", found.stopped_by)
        story.saw.append("a question whether an officer of another agency may follow")
        story.tried(
            "lead by mistake: hands the request over to the mover",
            play.refused(lambda: hand_overs.hand_over(row, to=new, reason="She knows it.", by=lead)),
        )
