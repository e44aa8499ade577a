"""A draft is sent exactly when the pre-flight check finds nothing that blocks."""

from datetime import UTC, date, datetime, timedelta

import pytest

from foundation.core.errors import Incomplete
from foundation.documents.models import Document
from foundation.providers.models import EntryPoint
from requests_app.models import DataRequest, LegalProcess, OrderVersion, RequestDocument, Target
from requests_app.services import intake
from requests_app.services.preflight import blocking, findings, read
from tests.factories import process_type, request_at

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def channel(draft, **columns):
    EntryPoint.objects.create(
        provider=draft.provider, jurisdiction_id=draft.jurisdiction, redirects=True, title="The Hub", **columns
    )


def narrow(draft):
    LegalProcess.objects.update(process_type=process_type("TEST-NARROW", name="Subpoena", reaches=["subscriber"]))


def extend(draft):
    OrderVersion.objects.update(valid_until=date(2026, 11, 1))
    first = OrderVersion.objects.get()
    OrderVersion.objects.create(
        process=first.process, number=2, relation="extends", issued_on=date(2026, 10, 30), received_at=NOW,
        valid_until=date(2027, 1, 1), document=first.document,
    )  # fmt: skip


def being_checked(*, added_at):
    Document.objects.update(state="pending")
    RequestDocument.objects.update(added_at=added_at)


CHANGES = {
    "nothing": (lambda draft: None, True),
    "no title": (lambda draft: DataRequest.objects.update(title=""), False),
    "no section": (lambda draft: LegalProcess.objects.update(section_of_law=""), False),
    "no identifiers": (lambda draft: (draft.lines.all().delete(), Target.objects.all().delete()), False),
    "no records": (lambda draft: DataRequest.objects.update(records_asked=[]), False),
    "nothing said of notice": (lambda draft: DataRequest.objects.update(secrecy_asked=None), False),
    "out of reach": (narrow, False),
    "expired": (lambda draft: OrderVersion.objects.update(valid_until=date(2026, 11, 1)), False),
    "quashed": (lambda draft: OrderVersion.objects.update(relation="quashed"), False),
    "another language": (lambda draft: LegalProcess.objects.update(language="no"), False),
    "being checked": (lambda draft: being_checked(added_at=NOW), False),
    "being checked for a minute": (lambda draft: being_checked(added_at=NOW - timedelta(minutes=1)), True),
    "a national channel": (channel, False),
    "a channel that leaves the choice": (lambda draft: channel(draft, allows_filing=True), True),
    "an extension": (extend, True),
}


@pytest.mark.parametrize("change", CHANGES)
def test_it_is_sent_exactly_when_nothing_blocks(change):
    draft = request_at("draft", identifiers=(("uid", "48213377"),))
    act, goes = CHANGES[change]
    act(draft)
    draft = DataRequest.objects.get()
    found = blocking(findings(draft, NOW))
    assert (found == []) is goes
    if goes:
        sent = intake.submit(draft, version=draft.lock_version, declared=True, by=draft.officer, at=NOW)
        assert sent.reference
        assert sent.lines.count() == len(draft.records_asked)
        assert not sent.lines.filter(order_version=None).exists()
        return
    with pytest.raises(Incomplete) as refused:
        intake.submit(draft, version=draft.lock_version, declared=True, by=draft.officer, at=NOW)
    assert str(refused.value) == f"{found[0].message}."
    draft.refresh_from_db()
    assert draft.reference is None


def test_an_extension_covers_the_lines():
    draft = request_at("draft")
    extend(draft)
    sent = intake.submit(draft, version=draft.lock_version, declared=True, by=draft.officer, at=NOW)
    assert set(sent.lines.values_list("order_version__number", flat=True)) == {2}


@pytest.mark.parametrize("identifiers", [1, 3])
def test_reading_the_facts_takes_seven_queries(django_assert_num_queries, identifiers):
    draft = request_at("draft", identifiers=[("uid", f"4821337{n}") for n in range(identifiers)])
    draft = DataRequest.objects.select_related("provider", "process_type").get(pk=draft.pk)
    with django_assert_num_queries(7):  # companies, channel, orders, types, versions, identifiers, documents
        facts = read(draft)
    assert sum(target.count for target in facts.targets) == identifiers
