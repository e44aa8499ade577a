"""The administrator's page about the company's own systems: address, keys, check, and what failed."""

import pytest
from django.urls import reverse

from foundation.audit.models import AuditEvent
from foundation.core.jobs import JobState
from foundation.providers.connector_keys import adopt, in_force
from foundation.providers.connectors.demo import cases
from foundation.providers.connectors.http import wire
from foundation.providers.connectors.registry import http_connector
from foundation.providers.models import ConnectorAct, ConnectorJob, Provider
from tests.accounts.helpers import page
from tests.factories import make_provider
from tests.people import client_for, make_staff

PAGE = "staff:company_systems"


@pytest.fixture
def provider(db):
    return make_provider()


@pytest.fixture
def client(provider):
    return client_for(make_staff("administrator"))


def shown(client):
    return page(client.get(reverse(PAGE))).main.get_text(" ", strip=True)


def trail():
    found = AuditEvent.objects.filter(action__startswith="connector.").order_by("pk")
    return [event.action.removeprefix("connector.") for event in found]


def test_line_is_set_up_from_nothing_and_the_systems_answer(client, provider, company):
    client.post(reverse("staff:company_address"), {"url": company.url + "/"})
    answer = client.post(reverse("staff:company_key_new"))
    codes = page(client.get(answer.url)).select("main .app-code")
    key_id, secret = (code.text for code in codes)
    assert secret not in client.get(answer.url).text
    # The company has another key: nobody believes anybody yet.
    client.post(reverse("staff:company_check"))
    assert "Every check Failed" in shown(client)
    assert secret not in shown(client)

    adopt(provider, company.key_id, company.secret, by=None)
    assert "End one before you add another" in shown(client)
    client.post(reverse("staff:company_key_end", args=[key_id]), {"reason": "The company has the other."})
    client.post(reverse("staff:company_check"))
    assert "The systems answered as described." in shown(client)
    assert http_connector(Provider.objects.get()).about().name == "Meridian Exchange"
    assert trail() == ["address_changed", "key_made", "key_shown", "checked", "key_made", "key_ended", "checked"]


def test_what_is_not_as_described_is_listed_with_what_was_expected(client, provider, company):
    client.post(reverse("staff:company_address"), {"url": company.url})
    adopt(provider, company.key_id, company.secret, by=None)
    company.break_with("500", path=wire.EXPORTS + "/status")
    client.post(reverse("staff:company_check"))
    text = shown(client)
    assert "1 check failed." in text
    assert "unknown export 404 unknown_export. The answer was 500 failed, not 404 unknown_export." in text


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("ftp://systems.example", "whole address"),
        ("https://10.0.0.7", "private or reserved network"),
        ("https://me:you@127.0.0.1", "Leave out names"),
        ("https://127.0.0.1/?x=1", "question mark"),
        ("http://192.0.2.7", "CONNECTOR_ALLOWED_NETWORKS"),
        ("ftp://connector.example", "like https://connector.example"),
        ("https://192.0.2.7/systems/v1", "Leave out /v1"),
    ],
)
def test_address_that_may_not_be_called_is_refused_and_stays_typed(client, provider, url, said):
    answer = client.post(reverse("staff:company_address"), {"url": url})
    assert answer.status_code == 422
    assert said in answer.text
    assert page(answer).select_one("input[name=url]")["value"] == url
    assert Provider.objects.get().connector == "demo"


def test_what_failed_is_listed_without_account_or_case_and_tried_again(client, provider):
    def instruction(key, state, error):
        return ConnectorJob.objects.create(
            provider=provider, act=ConnectorAct.EXPORT, idempotency_key=key, owner_type="requests_app.LineExport",
            owner_id="LERS-REFERENCE", account=cases.ACCOUNT_A, due_at="2026-11-20T09:00Z", state=state, attempts=8,
            last_error=error,
        )  # fmt: skip

    lost = instruction("given-up", JobState.GIVEN_UP, f"There is no account {cases.ACCOUNT_A}.")
    instruction("again", JobState.PENDING, "No answer in time.")
    instruction("first", JobState.PENDING, "")
    text = shown(client)
    assert "There is no account …." in text
    assert "No answer in time." in text
    assert text.count("Export records") == 2
    assert "3 instructions" not in text
    assert "2 instructions" in text
    for secret in (cases.ACCOUNT_A, "LERS-REFERENCE", "given-up"):
        assert secret not in client.get(reverse(PAGE)).text
    again = reverse("staff:company_again", args=[lost.uid])
    assert client.get(again).status_code == 302
    lost.refresh_from_db()
    assert lost.state == JobState.GIVEN_UP
    for _press in range(2):
        client.post(again)
    lost.refresh_from_db()
    assert (lost.state, lost.attempts) == (JobState.PENDING, 0)
    assert trail() == ["asked"]


def test_another_companys_line_is_not_there(client, provider):
    other = make_provider(slug="other", reference_prefix="OT", name="Other")
    key = adopt(other, "their-key", "consec_" + "A" * 43 + "=", by=None)
    assert client.post(reverse("staff:company_key_end", args=[key.key_id]), {"reason": "x"}).status_code == 404
    assert in_force(other) == [key]
    assert "their-key" not in shown(client)
