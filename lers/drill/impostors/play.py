"""What every drill of an impostor has, and the company's desk: with the rules, and with the one mistake hoped for."""

from collections.abc import Callable

from django.db import transaction
from django.utils import timezone

from accounts.enums import CallBackResult, SignalKind, SignalOutcome
from accounts.models import AccessApplication, Agency, AgencyNumber
from accounts.services import calls, vetting
from foundation.core.errors import PortalError
from lers.demo.people import who
from lers.drill.impostors.counting import Watch
from lers.drill.impostors.story import Story
from lers.drill.impostors.world import World


class Play:
    """One drill: what is prepared, what the true officer does, and what the impostor does."""

    name = ""
    had = ""
    # Whose mailboxes the impostor reads: nobody is told anything by a mail to these.
    mailboxes: tuple[str, ...] = ()

    def __init__(self, world: World) -> None:
        """Prepare nothing yet."""
        self.world = world

    def prepare(self) -> None:
        """Make what both of them need."""

    def honest(self, watch: Watch) -> None:
        """Go the impostor's path as the true officer, with everything confirmed, and take the records."""
        raise NotImplementedError

    def impostor(self, story: Story, watch: Watch) -> None:
        """Try everything, and write down what stopped it."""
        raise NotImplementedError


def refused(act: Callable[[], object], guard: str = "") -> str:
    """Return the guard and the sentence with which the portal refuses this, or nothing where it lets it happen."""
    try:
        with transaction.atomic():
            act()
    except PortalError as refusal:
        return f"{guard}: “{refusal}”" if guard else f"“{refusal}”"
    return ""


def agency_of(domain: str) -> Agency:
    """Return the agency of the registry that has this domain."""
    return Agency.objects.get(domains__domain=domain)


def directory_number(agency: Agency) -> AgencyNumber:
    """Return the number of the directory, which is the only one that is called."""
    return calls.usable_numbers(agency)[0]


# The desk -----------------------------------------------------------------------------------------------------------
def vet(application: AccessApplication) -> None:
    """Let a true officer in by the rules: the agency confirms at its directory number, and two people decide."""
    call(application, CallBackResult.CONFIRMED)
    vetting.recommend(application, by=who("analyst"), reason="The agency confirmed the officer and the address.")
    vetting.approve(application, by=who("approver"), reason="As recommended.")


def call(application: AccessApplication, result: CallBackResult) -> None:
    """Take an application and write down what the agency said at its directory number."""
    application.refresh_from_db()
    vetting.take(application, by=who("analyst"))
    assert application.agency is not None  # noqa: S101 - every applicant of a drill names one
    vetting.record_call_back(
        application, by=who("analyst"), number=directory_number(application.agency), spoke_to="Duty desk",
        result=result,
    )  # fmt: skip


def decide_without_a_call(story: Story, application: AccessApplication) -> None:
    """The desk's mistake: the address is the agency's, so nobody calls."""
    analyst = who("analyst")
    vetting.take(application, by=analyst)
    because = "The domain is known and the mail came back."
    tries: dict[str, Callable[[], object]] = {
        "approve alone, without a call": lambda: vetting.approve(application, by=analyst, reason=because),
        "recommend, without a call": lambda: vetting.recommend(application, by=analyst, reason=because),
    }
    for what, act in tries.items():
        story.tried(f"desk by mistake: {what}", refused(act))


def call_the_number_of_the_form(story: Story, application: AccessApplication) -> None:
    """The desk's mistake: it believes the number in the application."""
    analyst, agency = who("analyst"), application.agency
    typed = AgencyNumber(agency=agency, number=application.phone, source="Application", entered_at=timezone.now())

    def as_directory() -> object:
        typed.save()
        return vetting.record_call_back(
            application, by=analyst, number=typed, spoke_to="Superintendent", result=CallBackResult.CONFIRMED
        )

    def as_other_way() -> object:
        return vetting.record_call_back(
            application, by=analyst, alternative=application.phone, spoke_to="Superintendent",
            result=CallBackResult.CONFIRMED,
        )  # fmt: skip

    story.tried("desk by mistake: calls the number of the form, as if it were the directory's", refused(as_directory))
    story.tried("desk by mistake: calls the number of the form, as another way", refused(as_other_way))


def look_at(story: Story, application: AccessApplication, world: World) -> None:
    """Write down what the automatic checks showed the desk."""
    # The copy of the card is looked at again after a minute where it is still being read; no drill is about it.
    rows = application.signals.exclude(kind=SignalKind.DOCUMENT)
    world.until(lambda: not rows.filter(state__in=["pending", "running"]).exists(), "the checks are done")
    failed = [str(row.get_kind_display()) for row in rows.filter(outcome=SignalOutcome.FAIL).order_by("pk")]
    story.saw.append(f"checks that failed: {', '.join(failed) or 'none'}")
