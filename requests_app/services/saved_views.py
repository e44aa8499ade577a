"""Views of the queue that a person keeps under a name: filters only, and nothing personal in them."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from foundation.audit.trail import record
from foundation.core.errors import Incomplete, NotAllowed
from requests_app import queue_choices
from requests_app.events import Event
from requests_app.models import SavedView
from requests_app.queue_filters import VIEWS, Filters

MOST = 20
NAME_LENGTH = 40


@transaction.atomic
def save(filters: Filters, *, name: str, by: User, at: datetime | None = None) -> SavedView:
    """Keep these filters under a name. Refused: a name in use, filters that name nothing, more than MOST views."""
    at = at or timezone.now()
    own = _own(by)
    if len(own) >= MOST:
        raise NotAllowed(f"You keep {MOST} views already. Delete one of them first.")
    if unknown := queue_choices.read(by).unknown(filters):
        raise NotAllowed(f"Remove this filter first: {unknown[0]}.")
    if any(view.query == filters.query() for view in own):
        raise NotAllowed("You keep a view with these filters already.")
    view = SavedView(user=by, name=_free(name, own), query=filters.query(), created_at=at)
    view.save(force_insert=True)
    _note(Event.VIEW_SAVED, view, by=by, at=at)
    return view


@transaction.atomic
def rename(view: SavedView, *, name: str, by: User, at: datetime | None = None) -> SavedView:
    """Give a view another name."""
    own = _own(by)
    found = _mine(view, own)
    found.name = _free(name, [other for other in own if other != found])
    found.save(update_fields=["name"])
    _note(Event.VIEW_RENAMED, found, by=by, at=at or timezone.now())
    return found


@transaction.atomic
def delete(view: SavedView, *, by: User, at: datetime | None = None) -> None:
    """Drop a view; the requests stay where they are."""
    found = _mine(view, _own(by))
    _note(Event.VIEW_DELETED, found, by=by, at=at or timezone.now())
    found.delete()


def _own(by: User) -> list[SavedView]:
    """Return this person's views, and let nobody else change them meanwhile."""
    User.objects.select_for_update(no_key=True).get(pk=by.pk)
    return list(SavedView.objects.filter(user=by))


def _mine(view: SavedView, own: list[SavedView]) -> SavedView:
    found = next((other for other in own if other.pk == view.pk), None)
    if found is None:
        raise NotAllowed("This view is not there any more.")
    return found


def _free(name: str, others: list[SavedView]) -> str:
    name = " ".join(name.split())
    if not name:
        raise Incomplete("Enter a name for this view.")
    if len(name) > NAME_LENGTH:
        raise NotAllowed(f"A name has at most {NAME_LENGTH} characters. This one has {len(name)}.")
    taken = {view.name.casefold() for view in others} | {words.casefold() for words in VIEWS.values()}
    if name.casefold() in taken:
        raise NotAllowed("There is a view of this name. Choose another name.")
    return name


def _note(action: str, view: SavedView, *, by: User, at: datetime) -> None:
    """Leave the event: which view, by its key, and its filters; the name is the person's own."""
    record(action, by=by, object_type=view._meta.label_lower, object_id=str(view.pk),
           data={"filters": Filters.of_query(view.query).query()}, at=at)  # fmt: skip
