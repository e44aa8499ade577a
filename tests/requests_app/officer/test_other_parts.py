"""Two tabs on different parts of a draft do not collide; on the same part the older one is refused as before."""

import pytest
from django.urls import reverse

from foundation.core.errors import Stale
from foundation.core.identifiers import read_identifier
from requests_app.models import DataRequest
from requests_app.services import draft_orders, drafts, targets
from requests_app.services.preflight import Step
from tests.factories import request_at
from tests.harness.race import race
from tests.people import client_for

FACTS = {"title": "A", "case_number": "1", "offence": "Fraud", "facts": "F", "connection": "C"}
NOTICE = {"secrecy_asked": False}


def save(draft, step, values, version):
    return drafts.save_step(draft, step, values, version=version, by=draft.officer)


@pytest.mark.django_db
def test_a_part_that_nobody_changed_is_saved_from_an_older_tab():
    draft = request_at("draft")
    save(draft, Step.NOTICE, NOTICE, 0)
    sent = FACTS | {"facts": "From the older tab.", "lock_version": 0, "action": "continue"}
    response = client_for(draft.officer).post(reverse("officer:step_facts", args=[draft.uid]), sent)
    assert response.status_code == 302
    draft.refresh_from_db()
    assert (draft.facts, draft.lock_version) == ("From the older tab.", 2)


@pytest.mark.django_db
def test_a_part_that_was_changed_is_refused_however_many_others_were_saved_since():
    draft = request_at("draft")
    save(draft, Step.FACTS, FACTS | {"title": "newer"}, 0)
    save(draft, Step.NOTICE, NOTICE, 1)
    with pytest.raises(Stale):
        save(draft, Step.FACTS, FACTS | {"title": "older"}, 0)
    draft.refresh_from_db()
    assert draft.title == "newer"


@pytest.mark.django_db
@pytest.mark.parametrize("version", [-1, 5])
def test_a_page_of_no_version_is_refused(version):
    with pytest.raises(Stale):
        save(request_at("draft"), Step.FACTS, FACTS, version)


@pytest.mark.django_db
def test_a_change_that_the_trail_does_not_place_is_refused():
    draft = request_at("draft", lock_version=3)
    save(draft, Step.NOTICE, NOTICE, 3)
    with pytest.raises(Stale):
        save(draft, Step.FACTS, FACTS, 2)


@pytest.mark.django_db
def test_identifiers_that_came_from_a_file_do_not_refuse_the_page_of_an_order():
    draft, found = request_at("draft"), [read_identifier("uid", "99887766")]
    targets.add_identifiers(draft, found, version=0, by=draft.officer)
    process = draft.orders.get()
    draft_orders.save(draft, process, {"docket": "26-9"}, version=0, by=draft.officer)
    process.refresh_from_db()
    assert process.docket == "26-9"
    with pytest.raises(Stale):
        targets.add_identifiers(draft, found, version=0, by=draft.officer)
    with pytest.raises(Stale):
        draft_orders.save(draft, process, {"docket": "26-10"}, version=0, by=draft.officer)


@pytest.mark.django_db
def test_one_page_of_identifiers_saves_the_list_and_a_new_one_from_an_older_tab():
    draft = request_at("draft")
    save(draft, Step.NOTICE, NOTICE, 0)
    typed = {"kind": "uid", "value": "99887766", "role": "unknown", "action": "add", "lock_version": 0}
    response = client_for(draft.officer).post(reverse("officer:step_identifiers", args=[draft.uid]), typed)
    assert response.status_code == 302
    assert draft.targets.filter(normalised="99887766").exists()


def test_two_threads_save_two_parts_and_both_stay(committed_db):
    draft = request_at("draft")

    def run(step, values):
        return lambda: save(DataRequest.objects.get(pk=draft.pk), step, values, 0)

    results = race(run(Step.FACTS, FACTS | {"title": "one"}), run(Step.NOTICE, {"secrecy_asked": False}))
    assert [type(r).__name__ for r in results] == ["DataRequest", "DataRequest"]
    draft.refresh_from_db()
    assert (draft.title, draft.secrecy_asked, draft.lock_version) == ("one", False, 2)
