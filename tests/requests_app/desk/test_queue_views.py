"""A person's own views of the queue: kept, found again, renamed, deleted, and nobody else's."""

import pytest

from foundation.audit.models import AuditEvent
from foundation.core.errors import NotAllowed
from requests_app.models import SavedView
from requests_app.queue_filters import Filters
from requests_app.services import saved_views
from tests.accounts.helpers import page, words
from tests.factories import request_at
from tests.people import client_for, make_staff

pytestmark = pytest.mark.django_db

URL = "/staff/queue/"
VIEWS = f"{URL}views/"


def test_filters_are_kept_under_a_name_and_stand_as_a_tab_with_their_count():
    user = make_staff("analyst")
    row = request_at("in_review", analyst=user)
    client = client_for(user)
    shown = page(client.get(URL, {"country": "NO", "status": "in_review", "nonsense": "x", "after": "1~2~3"}))
    link = next(a["href"] for a in shown.select("a") if a.text == "Save this view")
    assert link == f"{VIEWS}new/?country=NO&status=in_review"
    assert "Country: NO, Status: In review" in words(client.get(link))
    answer = client.post(link, {"name": "  Nordic   cases "})
    assert answer.url == f"{URL}?country=NO&status=in_review"
    assert SavedView.objects.get().query == "country=NO&status=in_review"
    after = client.get(answer.url)
    tab = after.context["tabs"][-1]
    assert (tab["words"], tab["count"], tab["current"]) == ("Nordic cases", "1", True)
    assert "Save this view" not in words(after)
    assert [r.pk for r in after.context["page"].rows] == [row.pk]
    event = AuditEvent.objects.get(action="queue.view_saved")
    assert b"country=NO" in bytes(event.payload)
    assert b"Nordic" not in bytes(event.payload)


def test_a_name_in_use_the_same_filters_and_a_filter_that_names_nothing_are_refused_with_what_was_typed():
    request_at("in_review")
    client = client_for(make_staff("analyst"))
    client.post(f"{VIEWS}new/?country=NO", {"name": "North"})
    for query, name, said in (
        ("kind=freeze", "north", "There is a view of this name."),
        ("kind=freeze", "Overdue", "There is a view of this name."),
        ("country=NO", "Again", "You keep a view with these filters already."),
        ("team=999999", "Ghosts", "Remove this filter first: Team: not known."),
        ("kind=freeze", " ", "Enter a name for this view"),
    ):
        answer = client.post(f"{VIEWS}new/?{query}", {"name": name})
        assert answer.status_code == 422
        assert said in words(answer)
        assert f'value="{name.strip()}"' in answer.content.decode() or not name.strip()
    assert SavedView.objects.count() == 1


def test_twenty_views_are_kept_and_not_one_more():
    user = make_staff("analyst")
    for number in range(saved_views.MOST):
        saved_views.save(Filters(due_from=f"2027-01-{number + 1:02}"), name=f"View {number}", by=user)
    with pytest.raises(NotAllowed, match="You keep 20 views already"):
        saved_views.save(Filters(due="today"), name="One more", by=user)
    saved_views.delete(user.saved_views.first(), by=user)
    saved_views.save(Filters(due="today"), name="One more", by=user)
    assert user.saved_views.count() == saved_views.MOST


def test_a_view_is_renamed_and_deleted_by_its_owner_and_unknown_to_everybody_else():
    owner, other = make_staff("analyst"), make_staff("approver")
    view = saved_views.save(Filters(kind="freeze"), name="Freezes", by=owner)
    theirs = client_for(other)
    for path in ("", "delete/"):
        for method in (theirs.get, theirs.post):
            answer = method(f"{VIEWS}{view.pk}/{path}", {"name": "Mine now"})
            assert answer.url == VIEWS
    assert "Freezes" not in words(theirs.get(VIEWS)) + words(theirs.get(URL))
    with pytest.raises(NotAllowed):
        saved_views.rename(view, name="Mine now", by=other)
    view.refresh_from_db()
    assert view.name == "Freezes"

    client = client_for(owner)
    assert client.post(f"{VIEWS}{view.pk}/", {"name": "Overdue"}).status_code == 422
    assert client.post(f"{VIEWS}{view.pk}/", {"name": "freezes"}).url == VIEWS
    assert "All open, Kind: Freeze or seizure" in words(client.get(VIEWS))
    assert client.get(f"{VIEWS}{view.pk}/delete/").url == VIEWS
    assert SavedView.objects.exists()
    for _press in (1, 2):
        assert client.post(f"{VIEWS}{view.pk}/delete/").url == VIEWS
    assert not SavedView.objects.exists()
    actions = AuditEvent.objects.filter(action__startswith="queue.").order_by("pk")
    assert list(actions.values_list("action", flat=True)) == [
        "queue.view_saved", "queue.view_renamed", "queue.view_deleted",
    ]  # fmt: skip
