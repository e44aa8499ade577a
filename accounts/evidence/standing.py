"""What we know of the agency, of the confirmed address, and of colleagues who vouch."""

from datetime import timedelta

from django.utils import timezone

from accounts.enums import AgencyStatus, DeskRole
from accounts.events import Event
from accounts.evidence.finding import Finding, day, failed, look, nothing, passed, sentences
from accounts.models import AccessApplication, Agency, AgencyMembership, Vouch
from foundation.audit.models import AuditEvent
from foundation.legal.countries import jurisdiction_names

_MANY_LINKS = 4
_MANY_APPLICATIONS = 3


def agency(application: AccessApplication) -> Finding:
    """Say what the directory holds of the agency: its standing, police power, officers, numbers."""
    held = application.agency
    if held is None:
        return look(
            f"{application.agency_name or 'The agency'} is not in our directory: the applicant proposed it.",
            "Find it in a source of your own, and enter its domain and number from there.",
        )
    place = jurisdiction_names().get(held.country, held.country)
    if held.status != AgencyStatus.ACTIVE:
        said = f"{held} is in our directory, {place}, but {held.get_status_display().lower()}"
        return failed(sentences(said), "Nobody of it may be let in until that is settled.")
    officers = AgencyMembership.objects.filter(agency=held).acting(timezone.now()).count()
    numbers = held.numbers.filter(retired_at=None, confirmed_at__isnull=False).count()
    known = f"{officers} officer{'' if officers == 1 else 's'} with access" if officers else "this is its first officer"
    gone = not officers and AgencyMembership.objects.filter(agency=held, approved_at__isnull=False).exists()
    if gone:
        known = "nobody of it has access now, though somebody had"
    parts = [
        f"in our directory, {place}, {held.get_kind_display().lower()}",
        f"police power {_power(held)}",
        known,
        "" if numbers else "it has no number that may be called",
        f"generic address {held.generic_address}" if held.generic_address else "no generic address on file",
    ]
    if held.police_power_confirmed and numbers and not gone:
        return passed(
            sentences(*parts),
            "It is known, may act and can be called." if officers else "First officers take two people.",
        )
    missing = (
        "Confirm from law or a list of authorities that it has the power." if not held.police_power_confirmed else ""
    )
    way = "" if numbers else "Enter a number, or use one of the listed other ways with two people."
    alone = "Find out why nobody has access now before you let somebody in." if gone else ""
    return look(sentences(*parts), sentences(alone, missing, way))


def _power(held: Agency) -> str:
    if not held.police_power_confirmed:
        return "not confirmed"
    return f"confirmed ({held.police_power_source})" if held.police_power_source else "confirmed"


def confirmed(application: AccessApplication) -> Finding:
    """Say how long the link in the mail waited, and how often one was asked for."""
    user = application.user
    moment = user.email_confirmed_at if user else None
    if user is None or moment is None:
        return failed("The address was never confirmed.", "The link in the mail must be opened first.")
    earlier = AccessApplication.objects.filter(user=user).exclude(pk=application.pk).count()
    if moment < application.created_at:
        said = f"confirmed on {day(moment)} for an earlier application; this is application number {earlier + 1}"
        if earlier >= _MANY_APPLICATIONS:
            return look(sentences(said), "Read why the earlier ones ended.")
        return passed(sentences(said), "It says that somebody read the mailbox then, and no more.")
    mailed = AuditEvent.objects.filter(
        action=Event.APPLICATION_STARTED, object_label=application.reference, occurred_at__lte=moment
    )
    links = mailed.count()
    last = mailed.order_by("-occurred_at").values_list("occurred_at", flat=True).first() or application.created_at
    said = f"link opened {_ago(moment - last)}"
    if links >= _MANY_LINKS:
        return look(sentences(said, f"{links} links were asked for"), "Ask the officer why it took so many.")
    return passed(sentences(said), "It says that somebody reads this mailbox. A thief does too.")


def _ago(waited: timedelta) -> str:
    minutes = int(waited.total_seconds() // 60)
    if minutes < 1:
        return "within a minute"
    if minutes < 120:
        return f"after {minutes} minute{'' if minutes == 1 else 's'}"
    return f"after {minutes // 60} hours"


def vouched(application: AccessApplication) -> Finding:
    """Name the leads of the agency, in office now, who vouch for this address: a signal, never a call-back."""
    rows = Vouch.objects.filter(email__iexact=application.email, withdrawn_at=None, agency=application.agency_id)
    said = list(rows.select_related("made_by").order_by("made_at", "pk")) if application.agency_id else []
    leads = set(
        AgencyMembership.objects.filter(
            user__in=[row.made_by_id for row in said], agency=application.agency_id, role=DeskRole.LEAD, ended_at=None,
            approved_at__isnull=False, suspended_at=None, lapsed_at=None, user__is_active=True,
        ).values_list("user_id", flat=True)
    )  # fmt: skip
    counted = [row for row in said if row.made_by_id in leads]
    if not counted:
        gone = "somebody vouched who does not lead the agency any more" if said else "nobody vouched for this address"
        return nothing(sentences(gone), "Most applications have no vouch. Nothing follows from it.")
    words = [f"{row.made_by.get_full_name()} vouched on {day(row.made_at)} for {row.name}" for row in counted]
    notes = [f"{row.note}" for row in counted if row.note]
    if not any(_same_name(row.name, application.full_name) for row in counted):
        return look(
            sentences(*words, *notes), f"They vouched for another name than {application.full_name}. Ask when you call."
        )
    return passed(sentences(*words, *notes), "A vouch is a hint from inside the agency, and never stands for the call.")


def _same_name(one: str, other: str) -> bool:
    return bool(set(one.lower().split()) & set(other.lower().split()))
