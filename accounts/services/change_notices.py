"""Which mailbox is told what when an officer's address changes."""

from datetime import datetime

from accounts.enums import ChangeOf
from accounts.models import AddressChange, User
from foundation.notifications.outbox import send
from foundation.notifications.rendering import Value
from foundation.notifications.site import site_details


def confirm(change: AddressChange, *, token: str, at: datetime) -> None:
    """Send the link to the new address; it does nothing for anybody who is not signed in as the officer."""
    link = f"{site_details().url}/account/change/{change.uid}/{token}/"
    send(
        "email_change_confirm",
        dedupe_key=f"email_change_confirm:{change.uid}",
        to_address=change.new_email,
        context={"link": link, "until": change.token_expires_at},
        at=at,
    )


def asked(change: AddressChange, *, at: datetime) -> None:
    """Tell the old address; a thief who changes it does not read there."""
    context = {"new": change.new_email, "agency": "yes" if change.kind == ChangeOf.AGENCY else "", "at": at}
    key = f"email_change_asked:{change.uid}"
    send("email_change_asked", dedupe_key=key, to_user=change.user, to_address=change.old_email, context=context, at=at)


def used(user: User, *, old: str, at: datetime) -> None:
    """Tell both addresses that the account has the new one from now on."""
    for number, address in enumerate((old, user.email)):
        key = f"email_change_used:{user.pk}:{at.isoformat()}:{number}"
        context: dict[str, Value] = {"old": old, "new": user.email, "at": at}
        send("email_change_used", dedupe_key=key, to_user=user, to_address=address, context=context, at=at)
