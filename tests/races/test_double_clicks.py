"""Double clicks through the real web server: its own processes and threads, sessions, forms and second factors."""

import urllib.parse
from contextlib import closing

import pytest
from django.urls import reverse

from requests_app.models import DataRequest, Proposal
from tests.factories import request_at
from tests.harness.gunicorn import Gunicorn, gunicorn
from tests.harness.race import race
from tests.people import client_for, make_staff
from tests.races.fifty import Since
from tests.requests_app.desk.pages import proposed

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("company", "quick_letter")]
CLICKS = 8


@pytest.fixture
def server(raced_db, tmp_path):
    with gunicorn(raced_db.env, log=tmp_path / "gunicorn.log") as running:
        yield running


class Browser:
    """Somebody who is signed in, and clicks faster than the server answers."""

    def __init__(self, server: Gunicorn, person, page: str) -> None:
        self.server = server
        client = client_for(person, headers={"host": f"127.0.0.1:{server.port}"})
        token = str(client.get(page).context["csrf_token"])
        cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())
        form = "application/x-www-form-urlencoded"
        self.headers = {"Cookie": cookies, "X-CSRFToken": token, "Content-Type": form}

    def clicks(self, path: str, **typed) -> tuple[int, str]:
        """Send a form; return the status and where it leads."""
        with closing(self.server.line()) as line:
            line.request("POST", path, urllib.parse.urlencode(typed), self.headers)
            answer = line.getresponse()
            answer.read()
            return answer.status, answer.headers.get("Location", "")


def test_a_request_is_sent_and_a_decision_signed_once_however_often_it_is_clicked(server):
    draft, proposal = request_at("draft"), proposed()
    one, other = make_staff("approver"), make_staff("approver")
    check = reverse("officer:check", args=[draft.uid])
    officer = Browser(server, draft.officer, check)
    since = Since()
    version = draft.lock_version
    sent = race(*[lambda: officer.clicks(check, lock_version=version, declared="on")] * CLICKS)
    draft = DataRequest.objects.get(pk=draft.pk)
    assert (draft.status, since.entries("request.submitted")) == ("submitted", ["request.submitted"]), sent
    assert since.mails("request_received") == ["request_received"]
    # Whoever clicked twice reads the receipt, and no refusal.
    assert {status for status, _where in sent} == {302}, sent
    assert len({where for _status, where in sent}) == 1, sent

    page = f"/staff/approvals/{proposal.data_request.reference}/"
    browsers = [Browser(server, person, page) for person in (one, other)]
    typed = {"seen": proposal.content_hash, "conflict": "on", "read": "on"}
    signed = race(*[lambda b=b: b.clicks(f"{page}sign/", **typed) for b in browsers * (CLICKS // 2)])
    proposal = Proposal.objects.get(pk=proposal.pk)
    assert (proposal.status, since.entries("decision.approved")) == ("approved", ["decision.approved"]), signed
    assert since.mails("decision_made") == ["decision_made"]
    assert {status for status, _where in signed} <= {302, 404, 409, 422}, signed
