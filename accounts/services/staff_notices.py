"""Who is told of changes of staff. Names and roles only: the reasons stand behind the sign-in."""

from datetime import datetime

from accounts.models import LostFactor, RoleChange, StaffInvitation, User
from accounts.services.staff_rules import auditors, confirmers
from foundation.notifications.outbox import send
from foundation.notifications.rendering import Value
from foundation.notifications.site import site_details


def path_of(item: RoleChange | StaffInvitation) -> str:
    """Return the page of a change or an invitation."""
    kind = "changes" if isinstance(item, RoleChange) else "invitations"
    return f"/staff/people/{kind}/{item.uid}/"


def waits(item: RoleChange | StaffInvitation, *, at: datetime) -> None:
    """Ask those who may be the second person to decide."""
    subject = item.user_id
    proposer = item.proposed_by.get_full_name() if item.proposed_by else ""
    context = {"who": _whose(item), "what": item.what, "proposer": proposer, "link": link_to(item)}
    for person in confirmers(item.proposed_by_id, subject):
        key = f"staff_waits:{item.uid}:{person.pk}"
        send("staff_waits", dedupe_key=key, to_user=person, context=context, at=at)


def changed(change: RoleChange, *, at: datetime) -> None:
    """Tell every auditor, and the person it is about."""
    _tell_auditors(change, "done", at=at)
    key = f"staff_yours:{change.uid}"
    send("staff_yours", dedupe_key=key, to_user=change.user, context={"what": change.what, "at": at}, at=at)


def refused(item: RoleChange | StaffInvitation, *, by: User, at: datetime) -> None:
    """Tell every auditor, and who proposed it, that a change does not happen."""
    _tell_auditors(item, "refused" if item.decided_by_id else "withdrawn", at=at)
    if item.proposed_by is not None and item.proposed_by != by:
        key = f"staff_refused:{item.uid}"
        context = {"who": _whose(item), "what": item.what, "link": link_to(item)}
        send("staff_refused", dedupe_key=key, to_user=item.proposed_by, context=context, at=at)


def invited(invitation: StaffInvitation, *, token: str, again: bool, at: datetime) -> None:
    """Send the link with which a colleague sets a password; the auditors are told the first time."""
    link = f"{site_details().url}/join/{invitation.uid}/{token}/"
    send(
        "staff_invited",
        dedupe_key=f"staff_invited:{invitation.uid}:{invitation.token_hash[:16]}",
        to_address=invitation.email,
        context={"name": invitation.full_name, "link": link, "until": invitation.token_expires_at},
        at=at,
    )
    if not again:
        _tell_auditors(invitation, "done", at=at)


def accepted(invitation: StaffInvitation, *, at: datetime) -> None:
    """Tell the auditors that an invited colleague came in."""
    _tell_auditors(invitation, "accepted", at=at)


def factor_of_staff(case: LostFactor, *, state: str, at: datetime) -> None:
    """Tell every auditor, and while it waits those who may decide, that a colleague's sign-in is to be reset."""
    readers = {person.pk: person for person in auditors()}
    if state == "asked":
        readers |= {person.pk: person for person in confirmers(case.user_id)}
    people = (case.identified_by, case.decided_by)
    both = " and ".join(person.get_full_name() for person in people if person is not None)
    link = f"{site_details().url}/staff/lost-factors/{case.uid}/"
    context = {"who": case.user.get_full_name(), "state": state, "both": both, "link": link}
    for person in readers.values():
        key = f"staff_factor:{case.uid}:{state}:{person.pk}"
        send("staff_factor", dedupe_key=key, to_user=person, context=context, at=at)


def _tell_auditors(item: RoleChange | StaffInvitation, state: str, *, at: datetime) -> None:
    people = (item.proposed_by, item.decided_by)
    context: dict[str, Value] = {
        "who": _whose(item),
        "what": item.what,
        "state": state,
        "both": " and ".join(person.get_full_name() for person in people if person is not None),
        "link": link_to(item),
        "at": at,
    }
    for person in auditors():
        key = f"staff_changed:{item.uid}:{state}:{person.pk}"
        send("staff_changed", dedupe_key=key, to_user=person, context=context, at=at)


def _whose(item: RoleChange | StaffInvitation) -> str:
    return item.user.get_full_name() if isinstance(item, RoleChange) else item.full_name


def link_to(item: RoleChange | StaffInvitation) -> str:
    """Return the address of its page, for a mail."""
    return f"{site_details().url}{path_of(item)}"
