"""One form with two buttons, kept twice: the newest comes back, and nobody reads what boxes and hidden fields carry."""

from datetime import timedelta

import pytest
import time_machine
from bs4 import BeautifulSoup
from django.utils import timezone

from accounts.form_filling import fill
from accounts.kept_forms import _MAIN
from accounts.models import KeptForm
from accounts.services import typed_forms
from accounts.services.typed_forms import Typed
from requests_app.enums import ProposalStatus
from requests_app.services import decisions
from tests.accounts.helpers import page, words
from tests.people import client_for, make_staff
from tests.requests_app.desk.pages import proposed

WHY = "The period of line 1 is wider than the order"
BUTTONS = (
    '<form method="post"><textarea name="why"></textarea><button formaction="/a/sign/">A</button></form>'
    '<button form="x" formaction="/a/back/">B</button><form id="x" method="post" action="/a/x/"><input name="t"></form>'
    '<form><input name="q"><button formaction="/a/search/">Search</button></form>'
)


@pytest.mark.parametrize(
    ("path", "found"), [("/a/sign/", True), ("/a/", True), ("/a/back/", True), ("/a/search/", False), ("/b/", False)]
)
def test_a_form_is_known_by_the_address_of_each_of_its_buttons(path, found):
    filled = fill(BUTTONS, page="/a/", path=path, values=[("why", WHY), ("t", "T")])
    assert filled.found is found
    assert (filled.paths == {"/a/", "/a/sign/"}) is (path in {"/a/", "/a/sign/"})
    boxes = BeautifulSoup(filled.html, "html.parser")
    assert (boxes.textarea.get_text().strip() == WHY) is (path in {"/a/", "/a/sign/"})
    assert (boxes.select_one("[name=t]").get("value") == "T") is (path == "/a/back/")


@pytest.fixture
def waiting(db):
    """A proposal that waits for the second person, and that person."""
    return proposed(), make_staff("approver")


def url(proposal, more=""):
    return f"/staff/approvals/{proposal.data_request.reference}/{more}"


def send(proposal, approver, button, *, why=WHY, age=3600, **more):
    said = {"seen": proposal.content_hash, "conflict": "on", "read": "on", "line": "1", "why": why} | more
    client = client_for(approver, factor_age=age)
    return client, client.post(url(proposal, button), said, headers={"referer": f"http://testserver{url(proposal)}"})


def test_what_was_typed_and_ticked_on_an_approval_survives_the_second_factor(waiting):
    proposal, approver = waiting
    client = client_for(approver, factor_age=3600)
    button = page(client.get(url(proposal))).find("button", string="Show your second factor to approve")
    assert button["formaction"] == url(proposal, "sign/"), "a link would leave what was typed behind"
    assert button.find_parent("form").select_one("[name=why]")
    client, answer = send(proposal, approver, "sign/")
    assert answer.url.startswith("/sign-in/factor/?next=%2Fstaff%2Fapprovals%2F")
    again = client.get(url(proposal))
    assert page(again).select_one("[name=why]").get_text().strip() == WHY
    assert all(page(again).select_one(f"[name={name}][checked]") for name in ("conflict", "read"))
    text = words(again)
    assert text.count("Nothing was sent yet. Check it and send it again.") == 1
    assert "not on this page" not in text
    proposal.refresh_from_db()
    assert proposal.status == ProposalStatus.PROPOSED


@pytest.mark.parametrize("newest", ["same address", "other button"])
def test_the_newest_of_one_form_comes_back_and_the_older_one_is_forgotten(waiting, newest):
    proposal, approver = waiting
    old = Typed(
        url(proposal, "send-back/" if newest == "other button" else "sign/"), url(proposal), [("why", "Old words")]
    )
    typed_forms.keep(approver, old, at=timezone.now() - timedelta(minutes=20))
    client, _answer = send(proposal, approver, "sign/")
    again = client.get(url(proposal))
    assert page(again).select_one("[name=why]").get_text().strip() == WHY
    assert "Old words" not in words(again)
    assert words(again).count("Nothing was sent yet") == 1
    assert KeptForm.objects.count() == 1


def test_who_sends_it_by_the_other_button_has_sent_it(waiting):
    proposal, approver = waiting
    client, _answer = send(proposal, approver, "sign/")
    assert client.get(url(proposal)).status_code == 200
    assert client.post(url(proposal, "send-back/"), {"seen": proposal.content_hash, "why": WHY}).status_code == 302
    proposal.refresh_from_db()
    assert proposal.status == ProposalStatus.SENT_BACK
    assert not KeptForm.objects.exists()


def test_what_boxes_and_hidden_fields_carry_is_never_listed(waiting):
    proposal, approver = waiting
    client, _answer = send(proposal, approver, "sign/", token="3f" * 20)
    decisions.send_back(proposal, reason="No", lines=(), by=make_staff("approver"))
    gone = client.get(f"/staff/requests/{proposal.data_request.reference}/")
    assert "Copy what you need" not in words(gone)
    typed_forms.drop(approver, url(proposal, "sign/"))
    page_of_it = f"/staff/requests/{proposal.data_request.reference}/"
    values = [("seen", "9e2e"), ("token", "3f" * 20), ("line", "1"), ("conflict", "on"), ("why", WHY)]
    with time_machine.travel(timezone.now() + timedelta(seconds=1)):
        typed_forms.keep(approver, Typed("/staff/gone/", page_of_it, values), at=timezone.now())
        text = page(client.get(page_of_it)).select_one("[aria-labelledby=typed-again]").get_text(" ")
        assert WHY in text
        assert not [word for word in ("seen", "9e2e", "token", "line 1", "conflict") if word in text.replace(WHY, "")]
        typed_forms.keep(approver, Typed("/staff/gone/", page_of_it, values[:-1]), at=timezone.now())
        assert page(client.get(page_of_it)).select_one("[aria-labelledby=typed-again]") is None


def test_it_comes_back_where_the_button_is_gone_but_the_form_is_there(waiting):
    proposal, approver = waiting
    client, _answer = send(proposal, approver, "sign/")
    line = proposal.data_request.lines.order_by("pk").first()
    type(line).objects.filter(pk=line.pk).update(period_to=line.period_to + timedelta(days=30))
    again = client.get(url(proposal))
    assert page(again).select_one("[formaction$='/sign/']") is None
    assert page(again).select_one("[name=why]").get_text().strip() == WHY
    assert "not on this page" not in words(again)


def test_the_place_of_the_note_is_where_the_page_begins(waiting):
    proposal, approver = waiting
    assert _MAIN in client_for(approver).get(url(proposal)).content.decode()
