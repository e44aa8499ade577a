"""What to tell whom about access: one function per event. No mail holds a fact of a case or a reason for a refusal."""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import uuid4

from accounts import cool_down
from accounts.addresses import judge
from foundation.legal.calendars import zone_of
from foundation.notifications.outbox import send
from foundation.notifications.rendering import Value, render
from foundation.notifications.site import site_details

if TYPE_CHECKING:
    from accounts.models import AccessApplication, Agency, Suspension, User


def confirm_address(application: "AccessApplication", *, token: str, at: datetime) -> None:
    """Send the link that proves that the applicant reads this mailbox."""
    link = f"{site_details().url}/access/confirm/{application.reference}/{token}/"
    send(
        "access_confirm",
        dedupe_key=f"access_confirm:{application.pk}:{application.token_hash[:16]}",
        to_address=application.email,
        context={"link": link},
        reference=application.reference,
        at=at,
    )


def confirm_after_emergency(application: "AccessApplication", *, token: str, at: datetime) -> None:
    """Send the same link to somebody who told of an emergency: confirm the address, then finish what we know."""
    link = f"{site_details().url}/access/confirm/{application.reference}/{token}/"
    send(
        "access_confirm_urgent",
        dedupe_key=f"access_confirm_urgent:{application.pk}:{application.token_hash[:16]}",
        to_address=application.email,
        context={"link": link},
        reference=application.reference,
        urgent=True,
        at=at,
    )


def address_known(user: "User", *, at: datetime) -> None:
    """Tell somebody who has an account that access was requested for their address once more."""
    send("access_known", dedupe_key=f"access_known:{user.pk}:{at:%Y%m%d%H%M}", to_user=user, context={}, at=at)


def received(application: "AccessApplication", *, at: datetime) -> None:
    """Acknowledge an application or a verification, with the time we promised."""
    _about(application, "access_received", key=f"{at:%Y%m%d%H%M%S}", at=at, due=application.due_at)


def appealed(application: "AccessApplication", *, at: datetime) -> None:
    """Acknowledge an appeal, with the time we promised."""
    _about(application, "access_appealed", key=f"{at:%Y%m%d%H%M%S}", at=at, due=application.due_at)


def approved(application: "AccessApplication", *, at: datetime) -> None:
    """Tell the officer that the door is open."""
    _about(application, "access_approved", key=f"{at:%Y%m%d%H%M%S}", at=at)


def more_needed(application: "AccessApplication", *, at: datetime) -> None:
    """Tell the applicant that we asked for more; what, they read after signing in."""
    _about(application, "access_more", key=f"{at:%Y%m%d%H%M%S}", at=at)


def declined(application: "AccessApplication", *, at: datetime) -> None:
    """Tell the applicant that we declined, without the reasons; an appeal is offered where there was none yet."""
    _about(application, "access_declined", key=f"{at:%Y%m%d%H%M%S}", at=at)


def suspended(user: "User", *, at: datetime) -> None:
    """Tell an officer that their access is suspended, and whom to call."""
    send("access_suspended", dedupe_key=f"access_suspended:{user.pk}:{at.isoformat()}", to_user=user, context={}, at=at)


def access_restored(user: "User", *, at: datetime) -> None:
    """Tell an officer that access was given back."""
    send("access_restored", dedupe_key=f"access_restored:{user.pk}:{at.isoformat()}", to_user=user, context={}, at=at)


def agency_suspended(suspension: "Suspension", *, people: "Iterable[User]", at: datetime) -> None:
    """Tell those who may give access back that an agency was suspended; which one, they read after signing in."""
    link = f"{site_details().url}/staff/suspensions/{suspension.uid}/"
    for person in people:
        key = f"agency_suspended:{suspension.pk}:{person.pk}"
        send("agency_suspended", dedupe_key=key, to_user=person, context={"link": link}, at=at)


def hook_off(name: str, *, key: str, people: "Iterable[User]", urgent: bool, at: datetime) -> None:
    """Tell administrators that a receiver wanted no more calls and its hook was switched off."""
    context: dict[str, Value] = {"name": name, "at": at, "urgent": "yes" if urgent else ""}
    for person in people:
        send(
            "hook_off", dedupe_key=f"hook_off:{key}:{person.pk}", to_user=person, context=context, urgent=urgent, at=at
        )


def name_misused(agency: "Agency", *, about_reference: str, at: datetime) -> bool:
    """Tell an agency, at its generic address, that its name was used; False where it was told of this before."""
    message = send(
        "agency_misuse",
        dedupe_key=f"agency_misuse:{agency.pk}:{about_reference}",
        to_address=agency.generic_address,
        context={"agency": agency.name},
        reference=about_reference,
        at=at,
    )
    return message.created_at == at


def factor_enrolled(user: "User", *, kind: str, device: str, instead: bool, at: datetime) -> None:
    """Warn the owner of the account of a new second factor.

    kind: a value of accounts.enums.FactorKind. instead: it took the place of all that were there.
    """
    key = f"factor_enrolled:{user.pk}:{device}:{at.isoformat()}"
    context = _factor_words(user, at=at) | {"kind": kind, "instead": int(instead)}
    send("factor_enrolled", dedupe_key=key, to_user=user, context=context, at=at)


def factor_removed(user: "User", *, kind: str, at: datetime) -> None:
    """Warn the owner of the account that a second factor was removed; kind: a value of accounts.enums.FactorKind."""
    key = f"factor_removed:{user.pk}:{at.isoformat()}"
    send("factor_removed", dedupe_key=key, to_user=user, context=_factor_words(user, at=at) | {"kind": kind}, at=at)


def recovery_codes_made(user: "User", *, at: datetime) -> None:
    """Warn the owner of the account that the recovery codes were replaced."""
    key = f"factor_codes:{user.pk}:{at.isoformat()}"
    send("factor_codes", dedupe_key=key, to_user=user, context=_factor_words(user, at=at), at=at)


def recovery_code_used(user: "User", *, left: int, at: datetime) -> None:
    """Warn the owner of the account that a recovery code was used."""
    key = f"factor_recovery:{user.pk}:{at.isoformat()}"
    send("factor_recovery", dedupe_key=key, to_user=user, context=_factor_words(user, at=at) | {"left": left}, at=at)


def wrong_codes(user: "User", *, at: datetime) -> None:
    """Warn the owner of the account of wrong codes: whoever typed them got past the password."""
    key = f"factor_wrong:{user.pk}:{at.isoformat()}"
    send("factor_wrong", dedupe_key=key, to_user=user, context={"at": at}, at=at)


def _factor_words(user: "User", *, at: datetime) -> dict[str, Value]:
    """When it happened, and what waits until when because of it (accounts.cool_down, begun just before)."""
    ends = cool_down.downloads_until(user, at=at)
    return {
        "at": at, "until": ends,
        "staff": int(user.is_staff_member), "stopped": int(cool_down.until(user, at=at) is not None),
    }  # fmt: skip


def password_reset(user: "User", *, path: str, at: datetime) -> None:
    """Send the link with which a password can be set anew, once and for an hour."""
    link = f"{site_details().url}{path}"
    send("password_reset", dedupe_key=f"password_reset:{uuid4()}", to_user=user, context={"link": link}, at=at)


def password_changed(user: "User", *, device: str = "", at: datetime) -> None:
    """Warn the owner of the account of a new password."""
    key = f"password_changed:{user.pk}:{at.isoformat()}"
    context: dict[str, Value] = {"at": at, "device": device}
    send("password_changed", dedupe_key=key, to_user=user, context=context, at=at)


def new_device(user: "User", *, device: str, place: str, sso: str = "", at: datetime) -> None:
    """Tell the owner of the account that it was used on a device or in a network that is new to it.

    sso: what stood in the place of the password, by name.
    """
    key = f"new_device:{user.pk}:{at.isoformat()}"
    context: dict[str, Value] = {"at": at, "device": device, "place": place, "sso": sso}
    send("new_device", dedupe_key=key, to_user=user, context=context, at=at)


def sso_linked(user: "User", *, name: str, at: datetime) -> None:
    """Warn the owner of the account that single sign-on opens it from now on."""
    key = f"sso_linked:{user.pk}:{at.isoformat()}"
    send("sso_linked", dedupe_key=key, to_user=user, context={"at": at, "name": name}, at=at)


def sso_unlinked(user: "User", *, name: str, at: datetime) -> None:
    """Tell the owner of the account that single sign-on opens it no more."""
    key = f"sso_unlinked:{user.pk}:{at.isoformat()}"
    send("sso_unlinked", dedupe_key=key, to_user=user, context={"at": at, "name": name}, at=at)


def verify_again(user: "User", *, ends: datetime, stage: str, asked: bool, at: datetime) -> None:
    """Remind an officer to verify again before access ends; `stage` keeps each reminder to one mail."""
    key = f"access_reverify:{user.pk}:{ends:%Y%m%d%H%M}:{stage}"
    context = {"ends": ends, "asked": "yes" if asked else ""}
    send("access_reverify", dedupe_key=key, to_user=user, context=context, at=at)


def access_unused(user: "User", *, ends: datetime, at: datetime) -> None:
    """Remind an officer that an access nobody uses ends."""
    key = f"access_reverify_unused:{user.pk}:{ends:%Y%m%d%H%M}"
    send("access_reverify_unused", dedupe_key=key, to_user=user, context={"ends": ends}, at=at)


def lapsed(user: "User", *, why: str, at: datetime) -> None:
    """Tell an officer that access ended until it is verified again.

    `why`: "unused" for 90 days, "asked" to verify at once, or nothing where it was not verified in time.
    """
    key = f"access_lapsed:{user.pk}:{at.isoformat()}"
    send("access_lapsed", dedupe_key=key, to_user=user, context={"why": why}, at=at)


def member_removed(user: "User", *, agency: "Agency", at: datetime) -> None:
    """Tell a former member that the lead of the agency ended the access."""
    key = f"member_removed:{user.pk}:{at.isoformat()}"
    send("member_removed", dedupe_key=key, to_user=user, context={"agency": agency.name}, at=at)


def requests_left(leads: "Iterable[User]", officer: "User", *, number: int, at: datetime) -> None:
    """Tell the leads of an agency that a colleague who left has open requests: they can hand them over."""
    for lead in leads:
        key = f"requests_left:{officer.pk}:{lead.pk}:{at.isoformat()}"
        send("requests_left", dedupe_key=key, to_user=lead, context={"number": number}, at=at)


def lead_appointed(user: "User", *, agency: "Agency", others: "Iterable[User]", at: datetime) -> None:
    """Tell the new lead, and the other leads of the agency."""
    key = f"lead_appointed:{user.pk}:{at.isoformat()}"
    send("lead_appointed", dedupe_key=key, to_user=user, context={"agency": agency.name}, at=at)
    _tell_leads(user, agency=agency, others=others, change="appointed", at=at)


def lead_ended(user: "User", *, agency: "Agency", others: "Iterable[User]", at: datetime) -> None:
    """Tell a person who is no lead any more, and the leads who stay."""
    context = {"agency": agency.name}
    send("lead_ended", dedupe_key=f"lead_ended:{user.pk}:{at.isoformat()}", to_user=user, context=context, at=at)
    _tell_leads(user, agency=agency, others=others, change="ended", at=at)


def _tell_leads(user: "User", *, agency: "Agency", others: "Iterable[User]", change: str, at: datetime) -> None:
    context = {"agency": agency.name, "who": user.get_full_name(), "change": change}
    for lead in others:
        key = f"lead_changed:{lead.pk}:{user.pk}:{at.isoformat()}"
        send("lead_changed", dedupe_key=key, to_user=lead, context=context, at=at)


def letter(event: str, application: "AccessApplication") -> str:
    """Return subject and words of a mail about an application, as it would be sent now: for who decides to send it.

    It is in the applicant's language, as it would be sent.
    """
    user = application.user
    words = render(
        event,
        _said(application),
        name=user.get_full_name() if user else "",
        reference=application.reference,
        language=user.language if user else "",
        time_zone=_zone(application),
    )
    return f"{words.subject}\n\n{words.body_text}"


def _said(application: "AccessApplication") -> dict[str, Value]:
    """What the mails have in common; `about` is what it is to its applicant, `may_apply` asks the address anew."""
    about = "appeal" if application.appealed_at else "verification" if application.reverify_started_at else ""
    return {
        "name": application.full_name or application.email, "about": about,
        "may_appeal": "" if application.appealed_at else "yes",
        "may_apply": "" if judge(application.email).refused else "yes",
    }  # fmt: skip


def _zone(application: "AccessApplication") -> str:
    """The applicant's zone; that of the agency's country while no other is known."""
    user, agency = application.user, application.agency
    if user is not None and user.time_zone != "UTC":
        return user.time_zone
    return zone_of(agency.country if agency else application.proposed_agency.get("country", ""))


def _about(application: "AccessApplication", event: str, *, key: str, at: datetime, **context: Value) -> None:
    send(
        event,
        dedupe_key=f"{event}:{application.pk}:{key}",
        to_user=application.user,
        to_address=application.email,
        context={**_said(application), **context},
        reference=application.reference,
        time_zone=_zone(application),
        at=at,
    )
