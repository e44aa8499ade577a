"""Lines are made when a request is sent: in one statement, each under the order that covers it."""

from datetime import UTC, date, datetime

import pytest
from django.urls import reverse

from foundation.core.identifiers import read_identifier
from requests_app.models import LegalProcess, OrderUse, OrderVersion, RequestLine, Target
from requests_app.services import amendments, intake, orders
from requests_app.services.lines import make_lines
from tests.factories import clean_pdf, request_at
from tests.people import client_for

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def ask(category, first="2026-03-01", last="2026-09-30", zone="UTC", order=None):
    return {"category": category, "from": first, "to": last, "zone": zone, "order": order}


def second_order(draft):
    process = LegalProcess.objects.create(
        agency=draft.agency, process_type=draft.process_type, section_of_law="s. 2", issuing_authority="Second Court",
        created_at=NOW,
    )  # fmt: skip
    OrderUse.objects.create(data_request=draft, process=process, position=1, added_at=NOW)
    file = clean_pdf(draft.officer, filename="second.pdf")
    draft.documents.create(document=file, role="order", added_at=NOW, added_by=draft.officer)
    OrderVersion.objects.create(process=process, issued_on=date(2026, 10, 1), received_at=NOW, document=file)
    return process


def make(draft):
    return make_lines(draft, version_of=lambda order: orders.version_for(order, NOW))


def test_days_of_a_time_zone_become_instants():
    draft = request_at("draft", records_asked=[ask("logins", zone="Europe/Oslo")])
    assert make(draft) == draft.targets.count()
    line = draft.lines.first()
    assert line.period_from == datetime(2026, 2, 28, 23, tzinfo=UTC)
    assert line.period_to == datetime(2026, 9, 30, 22, tzinfo=UTC)


def test_two_periods_of_one_category_make_two_lines_each():
    draft = request_at("draft", records_asked=[ask("logins"), ask("logins", "2025-01-01", "2025-01-31")])
    assert make(draft) == 2 * draft.targets.count()


def test_each_line_rests_on_its_order_and_on_the_targets_it_names():
    draft = request_at("draft")
    first, second = draft.orders.get(), second_order(draft)
    draft.records_asked = [ask("logins", order=str(first.uid)), ask("transactions", order=str(second.uid))]
    draft.save()
    named = draft.targets.order_by("pk").first()
    Target.objects.filter(pk=named.pk).update(process=second)
    make(draft)
    assert set(named.lines.values_list("category", "order_version__process")) == {("transactions", second.pk)}
    other = draft.targets.exclude(pk=named.pk).first()
    assert set(other.lines.values_list("category", "order_version__process")) == {
        ("logins", first.pk), ("transactions", second.pk),
    }  # fmt: skip


def test_two_orders_for_the_same_records_make_one_line_under_the_first():
    draft = request_at("draft")
    first, second = draft.orders.get(), second_order(draft)
    draft.records_asked = [ask("logins", order=str(first.uid)), ask("logins", order=str(second.uid))]
    draft.save()
    assert make(draft) == draft.targets.count()
    assert set(draft.lines.values_list("order_version__process", flat=True)) == {first.pk}


def test_made_again_lines_keep_their_rows_and_the_others_go():
    draft = request_at("draft", records_asked=[ask("logins"), ask("transactions")])
    make(draft)
    kept = set(draft.lines.filter(category="logins").values_list("pk", flat=True))
    draft.records_asked = [ask("logins")]
    draft.save()
    make(draft)
    assert set(draft.lines.values_list("pk", flat=True)) == kept


def test_ten_thousand_identifiers_take_four_statements(django_assert_num_queries):
    draft = request_at("draft", records_asked=[ask("logins"), ask("transactions"), ask("registration")])
    Target.objects.bulk_create(
        [Target(data_request=draft, kind="uid", given=str(n), normalised=f"9{n:06}") for n in range(10_000)]
    )
    with django_assert_num_queries(4):  # orders, the version of the one order, the lines, their number
        made = make(draft)
    assert made == 3 * draft.targets.count() > 30_000


def test_no_line_is_made_before_it_is_sent():
    draft = request_at("draft")
    RequestLine.objects.all().delete()
    sent = intake.submit(draft, version=draft.lock_version, declared=True, by=draft.officer)
    assert sent.lines.count() == 2 * draft.targets.count()
    assert not sent.lines.filter(order_version=None).exists()


def test_assets_that_the_order_names_narrow_their_lines_until_somebody_decides_otherwise():
    draft = request_at("draft", records_asked=[ask("transactions") | {"assets": ["BTC", "USDT"]}, ask("logins")])
    draft.lines.all().delete()
    make(draft)
    assert {(line.category, tuple(line.assets)) for line in draft.lines.all()} == {
        ("transactions", ("BTC", "USDT")),
        ("logins", ()),
    }
    decided = draft.lines.filter(category="transactions").first()
    RequestLine.objects.filter(pk=decided.pk).update(assets=["BTC"])
    make(draft)
    decided.refresh_from_db()
    assert decided.assets == ["BTC"]


def test_officer_names_assets_and_whoever_is_added_later_is_asked_about_as_narrowly():
    draft = request_at("draft", records_asked=[ask("transactions"), ask("logins")])
    client, page = client_for(draft.officer), f"/requests/drafts/{draft.uid}/records/"
    days = {"first_day": 1, "first_month": 3, "first_year": 2026, "last_day": 30, "last_month": 9, "last_year": 2026}
    given = {"categories": ["transactions", "logins"], "zone": "UTC", "lock_version": draft.lock_version} | days
    page = reverse("officer:step_records", args=[draft.uid])
    wrong = client.post(page, given | {"assets": "BTC and €"}).content.decode()
    assert ("€ is no short name of an asset" in wrong, 'value="BTC and €"' in wrong) == (True, True)
    assert client.post(page, given | {"assets": "usdt btc"}).status_code == 302
    draft.refresh_from_db()
    assert [entry.get("assets") for entry in draft.records_asked] == [None, ["BTC", "USDT"]]
    assert "Only BTC, USDT" in client.get(page).content.decode()

    sent = request_at("in_review")
    entry = next(one for one in sent.records_asked if one["category"] == "transactions")
    entry["assets"] = ["BTC"]
    sent.save()
    amendments.add_identifiers(sent, [read_identifier("email", "later@mail.example")], by=sent.officer)
    assert sent.targets.latest("pk").lines.get(category="transactions").assets == ["BTC"]
