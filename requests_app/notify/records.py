"""What is told about records: to account holders by letter, to officers that something is ready or was stopped."""

from collections.abc import Mapping
from datetime import UTC, datetime

from django.utils import dateformat, translation

from foundation.notifications.outbox import send
from requests_app.models import AddedRecord, DisclosurePackage, UserNotice


def user_notice(notice: UserNotice, *, address: str, language: str, at: datetime) -> None:
    """Tell an account holder; the letter has its own reference, and nothing of the case."""
    window = notice.window_ends_at
    spoken = language if translation.check_for_language(language) else "en"
    send(
        "user_notice",
        dedupe_key=f"notice:{notice.pk}",
        to_address=address,
        context={"window": moment(window) if window else "", "company": notice.data_request.provider.name},
        reference=notice.reference,
        language=spoken,
        at=at,
    )


def records_ready(package: DisclosurePackage, *, at: datetime) -> None:
    """Tell the officer and who may follow that records can be downloaded, and until when."""
    until = moment(package.expires_at) if package.expires_at else ""
    _to_officers(package, "records_ready", key="ready", context={"until": until}, at=at)


def records_stopped(package: DisclosurePackage, *, at: datetime) -> None:
    """Tell the officer and who may follow that a download was stopped; why stands in the portal only."""
    _to_officers(package, "records_stopped", key="stopped", context={}, at=at)


def record_unsafe(added: AddedRecord, *, at: datetime) -> None:
    """Tell staff who added, prepared or released a file that it was found unsafe; what and why stand in the portal."""
    people = {added.added_by}
    for item in added.items.select_related("package__prepared_by", "package__released_by"):
        people.add(item.package.prepared_by)
        if item.package.released_by is not None:
            people.add(item.package.released_by)
    for person in people:
        if person.is_active:
            send(
                "record_unsafe",
                dedupe_key=f"record:{added.pk}:unsafe:{person.pk}",
                to_user=person,
                context={},
                reference=added.data_request.reference or "",
                urgent=added.data_request.is_exigent,
                language=person.language,
                at=at,
            )


def moment(at: datetime) -> str:
    """Write a moment the way a mail says it."""
    return f"{dateformat.format(at.astimezone(UTC), 'D j M Y, H:i')} UTC"


def _to_officers(
    package: DisclosurePackage, event: str, *, key: str, context: Mapping[str, str | int | None], at: datetime
) -> None:
    data_request = package.data_request
    for person in data_request.people():
        if person.is_active:
            send(
                event,
                dedupe_key=f"package:{package.pk}:{key}:{person.pk}",
                to_user=person,
                context=context,
                reference=data_request.reference or "",
                urgent=data_request.is_exigent,
                language=person.language,
                at=at,
            )
