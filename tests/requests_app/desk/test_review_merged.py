"""Two people on one review: what only one of them changed is kept, what both changed is said; notes of the length."""

import pytest
from bs4 import BeautifulSoup

from requests_app.models import Review
from requests_app.services import review
from tests.factories import request_at
from tests.people import client_for, make_staff

pytestmark = pytest.mark.django_db


def url_of(data_request):
    return f"/staff/requests/{data_request.reference}/"


def soup(response):
    return BeautifulSoup(response.content, "html.parser")


def sent_by(page):
    """What a browser sends from this page if nothing is changed on it."""
    form, given = page.select_one("form#review"), {"action": "save"}
    for tag in form.select("input[name], textarea[name], select[name]"):
        if tag.get("type") == "radio" and not tag.has_attr("checked"):
            continue
        if tag.name == "textarea":
            given[tag["name"]] = tag.get_text().strip()
        elif tag.name == "select":
            given[tag["name"]] = (tag.select_one("option[selected]") or tag.select_one("option"))["value"]
        else:
            given[tag["name"]] = tag.get("value", "")
    return given


def both():
    """A request in review, its first reviewer and a colleague, each with what their open page would send."""
    data_request = request_at("in_review")
    first, second = client_for(make_staff("analyst", full_name="Priya Raman")), client_for(data_request.assignee)
    return data_request, first, second, *(sent_by(soup(one.get(url_of(data_request)))) for one in (first, second))


def said(page):
    return " ".join(page.select_one("[aria-labelledby=changed]").get_text(" ").split())


def test_what_the_second_did_not_touch_keeps_what_the_first_stored():
    data_request, first, second, theirs, mine = both()
    line = data_request.lines.first()
    theirs |= {"authority_answer": "yes", "recommendation": "FIRST rec", f"line{line.pk}_ground": "Order 1(a)"}
    assert first.post(url_of(data_request), theirs).status_code == 302
    answer = second.post(url_of(data_request), mine | {"authority_answer": "no", "necessity": "Money"})
    page = soup(answer)
    assert answer.status_code == 409
    assert "Priya Raman saved it, " in said(page)
    assert "Check 1: stored “Yes”, you have “No”" in said(page)
    assert "Recommendation for the second person: “FIRST rec”" in said(page)
    assert "Line 1, ground: “Order 1(a)”" in said(page)
    assert "Route" not in said(page), "nobody changed it: it is filled in for both"
    assert "necessary" not in said(page)
    assert second.post(url_of(data_request), sent_by(page)).status_code == 302
    stored = Review.objects.get()
    assert stored.recommendation == "FIRST rec"
    assert stored.recommended_by.get_full_name() == "Priya Raman"
    assert (stored.checks["authority"]["answer"], stored.terms["necessity"]) == ("no", "Money")
    line.refresh_from_db()
    assert line.ground == "Order 1(a)"


def test_what_the_second_emptied_is_a_change_of_theirs():
    data_request, first, second, theirs, _mine = both()
    first.post(url_of(data_request), theirs | {"recommendation": "Old"})
    theirs, mine = (sent_by(soup(one.get(url_of(data_request)))) for one in (first, second))
    first.post(url_of(data_request), theirs | {"recommendation": "New", "necessity": "Money"})
    page = soup(second.post(url_of(data_request), mine | {"recommendation": ""}))
    assert "Recommendation for the second person: stored “New”, you have “nothing”" in said(page)
    assert "Why each line is necessary: “Money”" in said(page)
    second.post(url_of(data_request), sent_by(page))
    stored = Review.objects.get()
    assert (stored.recommendation, stored.terms["necessity"]) == ("", "Money")


def test_a_third_save_meanwhile_is_compared_with_what_was_shown_last():
    data_request, first, second, theirs, mine = both()
    first.post(url_of(data_request), theirs | {"necessity": "One"})
    again = sent_by(soup(second.post(url_of(data_request), mine | {"authority_page": "3"})))
    theirs = sent_by(soup(first.get(url_of(data_request))))
    first.post(url_of(data_request), theirs | {"necessity": "Two"})
    page = soup(second.post(url_of(data_request), again))
    assert "Why each line is necessary: “Two”" in said(page)
    assert "Check 1" not in said(page)
    second.post(url_of(data_request), sent_by(page))
    assert Review.objects.get().terms["necessity"] == "Two"
    assert Review.objects.get().checks["authority"]["page"] == "3"


def test_two_tabs_of_one_person_and_the_note_that_is_not_added():
    data_request = request_at("in_review")
    client = client_for(data_request.assignee)
    tab, other = (sent_by(soup(client.get(url_of(data_request)))) for _tab in range(2))
    client.post(url_of(data_request), tab | {"note": "Half a note", "authority_answer": "yes"})
    page = soup(client.post(url_of(data_request), other | {"text_for_officer": "Dear officer"}))
    assert "Check 1: “Yes”" in said(page)
    for words in ("Route", "note", "You changed this"):
        assert words not in said(page)
    assert page.select_one("#id_note").get_text(strip=True) == "Half a note"
    client.post(url_of(data_request), sent_by(page))
    shown = soup(client.get(url_of(data_request))).select_one("[aria-labelledby=notes]").get_text(" ")
    assert "kept, not added yet" in shown
    assert not data_request.notes.exists()


@pytest.mark.parametrize("opened", [None, "", "forged"])
def test_a_page_that_does_not_say_what_was_shown_is_compared_with_what_is_stored(opened):
    data_request, first, second, theirs, mine = both()
    first.post(url_of(data_request), theirs | {"recommendation": "FIRST rec"})
    mine = {name: value for name, value in (mine | {"opened": opened}).items() if value is not None}
    page = soup(second.post(url_of(data_request), mine))
    assert "Recommendation: stored “FIRST rec”, you have “nothing”" in said(page)


def test_what_was_shown_of_another_request_says_nothing():
    data_request, first, second, theirs, mine = both()
    other = sent_by(soup(second.get(url_of(request_at("in_review", assignee=data_request.assignee)))))
    first.post(url_of(data_request), theirs | {"recommendation": "FIRST rec"})
    page = soup(second.post(url_of(data_request), mine | {"opened": other["opened"]}))
    assert "Recommendation: stored “FIRST rec”" in said(page)


def test_a_note_on_a_check_that_is_too_long_is_refused_and_kept_whole():
    data_request = request_at("in_review")
    client = client_for(data_request.assignee)
    given = sent_by(soup(client.get(url_of(data_request))))
    answer = client.post(url_of(data_request), given | {"authority_note": "x" * 5000})
    page = soup(answer)
    assert answer.status_code == 422
    assert "Check 1, note: write at most 2,000 characters" in page.select_one(".govuk-error-summary").get_text()
    box = page.select_one("#id_authority_note")
    assert box.get_text(strip=True) == "x" * 5000
    assert not box.has_attr("maxlength")
    assert box.find_parent("details").has_attr("open")
    assert client.post(url_of(data_request), given | {"authority_note": "x" * 2000}).status_code == 302
    assert review.review_of(data_request).checks["authority"]["note"] == "x" * 2000
