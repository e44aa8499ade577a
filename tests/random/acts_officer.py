"""What officers do with their requests, and what strangers try."""

from datetime import timedelta
from uuid import uuid4

from django.db import transaction

from requests_app.models import Clarification, Follower
from requests_app.services import amendments, appeals, drafts, followers, hand_overs, intake, later
from requests_app.services import questions as asking
from tests.random.acts import act, once, requests
from tests.random.world import World, now
from tests.requests_app import changed_orders

ASKED = {"in_review", "awaiting_officer"}


def questions(_world: World) -> list[Clarification]:
    """All questions to officers."""
    return list(Clarification.objects.select_related("data_request__officer").order_by("pk"))


def followed(_world: World) -> list[Follower]:
    """Everybody who follows or is to."""
    return list(Follower.objects.select_related("data_request").order_by("pk"))


@act("officer", once)
def draft(w, _nothing, by, how):
    """An officer begins a request."""
    w.wrote(drafts.start(w.provider, by=by, key=uuid4()))


@act("owner", requests, of=["draft"])
def submit(w, row, by, how):
    """The officer sends a draft."""
    row = intake.submit(row, version=row.lock_version, declared=how % 8 != 7, by=by)
    case = w.notes.requests[row.pk]
    case.sent = case.with_us = True
    if row.restricted:
        case.readers = {w.name(pk) for pk in row.named_readers.values_list("pk", flat=True)}


@act("owner", requests, of=["draft", "submitted", "awaiting_officer"], quiet=True)
def withdraw(w, row, by, how):
    """The officer takes a request back."""
    intake.withdraw(row, reason="No longer needed", by=by)
    case = w.notes.requests[row.pk]
    case.with_us = case.sent  # one that was returned is seen at the desk again, as withdrawn


@act("owner", requests, of=["draft"])
def delete_draft(w, row, by, how):
    """The officer deletes a draft that was never sent."""
    pk = row.pk
    drafts.delete(row, by=by)
    del w.notes.requests[pk]


@act("owner", questions, of=["open"])
def answer(w, question, by, how):
    """The officer answers a question."""
    asking.answer(question, text="The period is March to May.", by=by)


@act("owner", questions, meant=lambda question: question.status == "lapsed" and not question.replies.exists())
def answer_late(w, question, by, how):
    """The officer answers after the end, and asks to open the request again."""
    asking.answer_late(question, text="I was away.", by=by)


@act("owner", requests, of=["refused"])
def appeal(w, row, by, how):
    """The officer asks that a refusal is looked at again."""
    appeals.appeal(row, text="The order is signed on page 3.", by=by)


@act("owner", requests, of=["submitted", *ASKED], quiet=True)
def add_facts(w, row, by, how):
    """The officer adds to the facts."""
    amendments.add_facts(row, text=f"Another victim came forward, {how}.", by=by)


@act("owner", requests, of=["submitted", *ASKED, "awaiting_approval", "granted", "produced"], quiet=True)
def change_order(w, row, by, how):
    """The officer says that the order was narrowed or quashed."""
    if row.orders.exists():
        with transaction.atomic():  # the copy goes with it
            until = now().date() + timedelta(days=90) if how % 3 == 2 else None
            changed_orders.add(row, ["narrows", "quashed", "extends"][how % 3], days=0, until=until, by=by)


@act("owner", requests, meant=lambda row: row.status not in {"withdrawn", "refused"}, quiet=True)
def let_follow(w, row, by, how):
    """The officer lets a colleague follow."""
    name = sorted(w.notes.agency)[how % len(w.notes.agency)]
    followers.add(row, w.person(name), by=by)
    case = w.notes.requests[row.pk]
    case.followers.add(name)
    if case.restricted:
        case.readers.add(name)


@act("owner", requests, meant=lambda row: row.status not in {"withdrawn", "refused"}, quiet=True)
def ask_for_follower(w, row, by, how):
    """The officer asks that somebody of another agency may follow."""
    found = followers.ask(row, email=w.person("stranger").email, ground="Joint team agreement, article 4", by=by)
    if found.user_id:  # of the own agency: at once
        case = w.notes.requests[row.pk]
        case.followers.add("stranger")
        case.readers |= {"stranger"} if case.restricted else set()


@act("owner follower", followed, of=["active", "waiting"], quiet=True)
def end_following(w, follower, by, how):
    """Somebody no longer follows."""
    followers.end(follower, by=by)
    if follower.user_id:
        case = w.notes.requests[follower.data_request_id]
        case.followers.discard(w.name(follower.user_id))
        case.readers.discard(w.name(follower.user_id))


@act("owner lead", requests, meant=lambda row: row.status not in {"draft", "withdrawn", "refused", "closed"})
def hand_over(w, row, by, how):
    """The officer, or the agency's lead, hands a request to a colleague."""
    name = sorted(w.notes.agency)[how % len(w.notes.agency)]
    done = hand_overs.hand_over(row, to=w.person(name), reason="On leave", by=by)
    row.refresh_from_db()
    if done.status == "done":
        w.notes.requests[row.pk].owner = name


@act("owner", requests, of=["produced", "closed"])
def ask_later(w, row, by, how):
    """The officer asks for the records again, for a certificate, or for a witness."""
    offered = sorted(later.kinds(row)) or ["reissue"]
    kind = offered[how % len(offered)]
    needed = {"court": "Nordvik District Court", "needed_by": now().date() + timedelta(days=60)}
    package = None if kind == "testimony" else row.packages.exclude(released_at=None).order_by("pk").first()
    form = "generic" if kind == "certificate" else ""
    later.ask(
        row, kind=kind, words="The disk broke.", package=package, certificate_form=form, by=by,
        **(needed if kind == "testimony" else {}),
    )  # fmt: skip
