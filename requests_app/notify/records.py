"""What is told about records: to account holders by letter, to officers that something is ready or was stopped."""

from collections.abc import Mapping
from datetime import datetime

from foundation.notifications.outbox import send
from foundation.notifications.rendering import Value
from requests_app.models import AddedRecord, DataRequest, DisclosurePackage, UserNotice
from requests_app.notify import hook_calls
from requests_app.notify.recipients import SIGNING, officers, readers, responsible
from requests_app.notify.telling import to_each

USER_NOTICE = "user_notice"


def letter_key(notice: UserNotice) -> str:
    """Return the key under which the last letter of a notice went out, once, whichever way."""
    return f"notice:{notice.pk}" + (f":{notice.letters_sent}" if notice.letters_sent > 1 else "")


def notice_of_key(key: str) -> int:
    """Return the notice of a letter's key."""
    return int(key.split(":")[1])


def letter_context(notice: UserNotice) -> dict[str, Value]:
    """Return what the words of a letter may say: nothing of the case."""
    return {"window": notice.window_ends_at, "company": notice.data_request.provider.name}


def user_notice(notice: UserNotice, *, address: str, language: str, at: datetime) -> None:
    """Tell an account holder; the letter has its own reference, and nothing of the case."""
    send(
        USER_NOTICE,
        dedupe_key=letter_key(notice),
        to_address=address,
        context=letter_context(notice),
        reference=notice.reference,
        language=language,
        at=at,
    )


def objection_waits(notice: UserNotice, *, at: datetime) -> None:
    """Tell who signs that an account holder objected: a second person decides, and nothing leaves until then."""
    people = [person for person in readers(notice.data_request, SIGNING) if person != notice.objection_recorded_by]
    key = f"notice:{notice.pk}:objected:{at.isoformat()}"
    to_each(notice.data_request, "objection_waits", people, key=key, context={}, at=at)


def objection_decided(notice: UserNotice, *, upheld: bool, at: datetime) -> None:
    """Tell who works on the request what was decided about an objection; the words of it stand in the portal."""
    key = f"notice:{notice.pk}:objection:{at.isoformat()}"
    people = responsible(notice.data_request, at=at)
    to_each(notice.data_request, "objection_decided", people, key=key, context={"upheld": int(upheld)}, at=at)


def records_ready(package: DisclosurePackage, *, at: datetime, again: bool = False) -> None:
    """Tell the officer and who may follow until when records can be downloaded; again: not for the first time."""
    key = f"ready:{at.isoformat()}" if again else "ready"
    _to_officers(package, "records_ready", key=key, context={"until": package.expires_at}, at=at)
    hook_calls.released(package, at=at)


def records_stopped(package: DisclosurePackage, *, at: datetime) -> None:
    """Tell the officer and who may follow that a download was stopped; why, staff alone read."""
    _to_officers(package, "records_stopped", key="stopped", context={}, at=at)


def downloads_stopped(data_request: DataRequest, *, at: datetime) -> None:
    """Tell who works on a request, and who signs, that its downloads were stopped without any of them."""
    for person in dict.fromkeys([*responsible(data_request, at=at), *readers(data_request, SIGNING)]):
        send(
            "downloads_stopped",
            dedupe_key=f"request:{data_request.pk}:downloads_stopped:{at.isoformat()}:{person.pk}",
            to_user=person,
            context={},
            reference=data_request.reference or "",
            urgent=data_request.is_exigent,
            at=at,
        )


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
                at=at,
            )


def _to_officers(
    package: DisclosurePackage, event: str, *, key: str, context: Mapping[str, Value], at: datetime
) -> None:
    data_request = package.data_request
    for person in officers(data_request):
        send(
            event,
            dedupe_key=f"package:{package.pk}:{key}:{person.pk}",
            to_user=person,
            context=context,
            reference=data_request.reference or "",
            urgent=data_request.is_exigent,
            at=at,
        )
