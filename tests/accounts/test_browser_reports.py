"""What browsers report that a policy stopped: counted by kind, with nothing of a person or a case, and told of once."""

import json
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import BrowserReport
from accounts.services import browser_reports
from foundation.audit.models import AuditEvent
from foundation.notifications.models import OutboundMessage
from tests.people import client_for, make_officer, make_staff

PAGE = "http://localhost:8000/requests/LE-26-7K4Q9TX/?find=Brackwater"
OLD = {"csp-report": {"document-uri": PAGE, "violated-directive": "script-src-elem 'self'",
                      "blocked-uri": "https://evil.example/x.js?who=Brackwater"}}  # fmt: skip
NEW = [
    {"type": "csp-violation", "url": PAGE, "user_agent": "x",
     "body": {"documentURL": PAGE, "effectiveDirective": "script-src-elem", "blockedURL": "https://evil.example/y.js"}},
    {"type": "deprecation", "body": {"id": "x"}},
]  # fmt: skip


def report(said, *, kind="application/csp-report", client=None, **more):
    body = said if isinstance(said, bytes) else json.dumps(said).encode()
    return (client or Client()).post("/browser-reports/", body, content_type=kind, **more)


def kinds():
    return list(BrowserReport.objects.order_by("pk").values_list("directive", "blocked", "page", "count"))


def test_sec_18_both_forms_are_counted_as_one_kind_without_path_query_or_reference(db):
    administrator = make_staff("administrator")
    assert report(OLD).status_code == 204
    assert report(NEW, kind="application/reports+json").status_code == 204
    assert kinds() == [("script-src-elem", "https://evil.example", "officer:request", 2)]
    assert OutboundMessage.objects.get(event="browser_report").to_user == administrator
    (entry,) = AuditEvent.objects.filter(action="settings.browser_reported")
    for secret in (b"Brackwater", b"LE-26-7K4Q9TX", b"x.js"):
        assert secret not in bytes(entry.payload)
    shown = client_for(administrator).get("/staff/browser-reports/").text
    assert "https://evil.example" in shown
    assert "Brackwater" not in shown


@pytest.mark.parametrize(
    ("said", "kind", "status"),
    [
        (b"{", "application/csp-report", 204),
        (b"[" * 9000, "application/reports+json", 204),
        ([1, None, {"type": "csp-violation"}], "application/reports+json", 204),
        ({"csp-report": {"document-uri": "https://other.example/", "effective-directive": "img-src"}},
         "application/csp-report", 204),
        ({"csp-report": {"document-uri": PAGE, "effective-directive": "<script>"}}, "application/csp-report", 204),
        (OLD, "text/plain", 415),
        (b" " * (browser_reports.LONGEST + 1), "application/csp-report", 413),
    ],
)  # fmt: skip
def test_what_is_no_report_about_our_pages_leaves_nothing(db, said, kind, status):
    assert report(said, kind=kind).status_code == status
    assert kinds() == []


def test_invented_reports_fill_neither_table_nor_mailbox(db, monkeypatch):
    make_staff("administrator")
    monkeypatch.setattr(browser_reports, "MOST_KINDS", 2)
    monkeypatch.setattr(browser_reports, "_LIMIT", browser_reports.Limit("x", 4, timedelta(hours=1)))
    for number in range(6):
        said = {"document-uri": PAGE, "effective-directive": "img-src", "blocked-uri": f"https://h{number}.example/"}
        assert report({"csp-report": said}).status_code == (204 if number < 4 else 429)
    assert [(blocked, count) for _directive, blocked, _page, count in kinds()] == [
        ("https://h0.example", 1), ("https://h1.example", 1), ("others", 2),
    ]  # fmt: skip
    assert OutboundMessage.objects.filter(event="browser_report").count() == 1


def test_a_report_is_no_activity_of_whoever_is_signed_in_and_old_kinds_go(db):
    client = client_for(make_officer())
    before = dict(client.session.items())
    assert report(OLD, client=client, headers={"sec-fetch-site": "cross-site"}).status_code == 204
    assert dict(client.session.items()) == before
    assert browser_reports.forget_old(at=timezone.now() + timedelta(days=89)) == 0
    assert browser_reports.forget_old(at=timezone.now() + timedelta(days=91)) == 1
