"""The points of the checklist: their answers, and when everything may be disclosed."""

import re

import pytest

from foundation.core.errors import Incomplete
from requests_app.checks import OF_ORDER, all_yes, answers_to, checks_of, tally
from requests_app.enums import CheckAnswer, RequestKind
from requests_app.services import decisions, review
from requests_app.services.review import Draft
from tests.factories import request_at
from tests.people import client_for
from tests.requests_app.desk.pages import TERMS, answers, ready, typed


def test_an_order_is_looked_at_from_eleven_sides():
    assert [check.name for check in OF_ORDER] == [
        "authority", "signed", "entity", "basis", "records", "dates", "accounts", "non_disclosure", "translation",
        "e_signature", "binding",
    ]  # fmt: skip
    loose = {check.name for check in OF_ORDER if check.may_not_apply}
    assert loose == {"non_disclosure", "translation", "e_signature"}


@pytest.mark.parametrize("kind", RequestKind.values)
def test_what_does_not_apply_counts_as_yes_only_where_it_may_not_apply(kind):
    given = answers(kind)
    assert all_yes(kind, given)
    for check in checks_of(kind):
        changed = given | {check.name: {"answer": CheckAnswer.DOES_NOT_APPLY}}
        assert all_yes(kind, changed) is check.may_not_apply
        assert (CheckAnswer.DOES_NOT_APPLY in answers_to(check)) is check.may_not_apply
        for answer in ("no", "unclear", ""):
            assert not all_yes(kind, given | {check.name: {"answer": answer}})


def test_the_tally_says_how_they_stand():
    given = answers() | {"basis": {"answer": "no"}, "translation": {"answer": "none"}, "binding": {}}
    assert tally("disclosure", given) == "8 yes, 1 no, 1 does not apply, 1 open"


@pytest.mark.django_db
def test_everything_is_disclosed_with_points_that_do_not_apply_and_not_with_one_left_open():
    data_request = ready()
    stored = review.review_of(data_request)
    given = answers() | {name: {"answer": "none", "note": "", "page": ""} for name in ("translation", "e_signature")}
    missing = given | {"binding": {"answer": "", "note": "", "page": ""}}
    review.save(data_request, Draft(missing), seen_version=stored.lock_version, by=data_request.assignee)
    with pytest.raises(Incomplete, match="Answer all eleven checks first"):
        decisions.propose(data_request, terms=TERMS, by=data_request.assignee)
    version = review.review_of(data_request).lock_version
    review.save(data_request, Draft(given), seen_version=version, by=data_request.assignee)
    assert decisions.propose(data_request, terms=TERMS, by=data_request.assignee).status == "proposed"


@pytest.mark.django_db
def test_an_answer_that_a_point_does_not_take_is_refused_and_nothing_is_lost():
    data_request = request_at("in_review")
    given = typed(data_request, authority_answer="none", signed_note="Judge Haugen", e_signature_answer="none")
    page = client_for(data_request.assignee).post(f"/staff/requests/{data_request.reference}/", given)
    assert ">Judge Haugen</textarea>" in re.sub(r">\s+", ">", page.content.decode())
    assert review.review_of(data_request).pk is None
