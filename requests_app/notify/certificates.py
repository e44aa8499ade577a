"""What is told of certificates: to the custodian and whoever drafted it, and to officers where one follows later."""

from collections.abc import Iterable
from datetime import datetime

from accounts.models import User
from foundation.notifications.outbox import send
from requests_app.models import Certificate, SigningIdentity
from requests_app.notify.recipients import officers
from requests_app.notify.telling import to_each


def waits(certificate: Certificate, *, at: datetime) -> None:
    """Tell the custodian that a certificate waits for their signature."""
    _tell(certificate, "certificate_waits", [certificate.custodian], key=at.isoformat(), at=at)


def still_waits(certificate: Certificate, *, at: datetime) -> None:
    """Remind the custodian, and whoever drafted it, that it is not signed yet: once."""
    people = [certificate.custodian, certificate.drafted_by]
    _tell(certificate, "certificate_still_waits", people, key="still", at=at)


def key_added(identity: SigningIdentity, *, at: datetime) -> None:
    """Tell a custodian that a key was added in their name, so that somebody at their open session is noticed."""
    send("signing_key_added", dedupe_key=f"signing_key:{identity.pk}", to_user=identity.user, context={"at": at}, at=at)


def signed(certificate: Certificate, *, at: datetime) -> None:
    """Tell whoever drafted it that it is signed."""
    _tell(certificate, "certificate_signed", [certificate.drafted_by], key="signed", at=at)


def discarded(certificate: Certificate, *, at: datetime) -> None:
    """Tell whoever drafted it that the custodian dropped the draft; why stands in the portal."""
    _tell(certificate, "certificate_discarded", [certificate.drafted_by], key="discarded", at=at)


def follows(certificate: Certificate, *, at: datetime) -> None:
    """Tell the officer and who follows that a certificate came to records they have."""
    _tell(certificate, "certificate_follows", officers(certificate.package.data_request), key="follows", at=at)


def withdrawn(certificate: Certificate, *, at: datetime) -> None:
    """Tell the officer and who follows that a certificate stands no longer; why, staff alone read."""
    _tell(certificate, "certificate_withdrawn", officers(certificate.package.data_request), key="withdrawn", at=at)


def _tell(certificate: Certificate, event: str, people: Iterable[User], *, key: str, at: datetime) -> None:
    active = [person for person in people if person.is_active]
    data_request = certificate.package.data_request
    to_each(data_request, event, active, key=f"certificate:{certificate.pk}:{key}", context={}, at=at)
