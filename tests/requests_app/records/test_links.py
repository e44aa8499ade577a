"""Accounts of one person: followed over other accounts, and asked about where a hold alone knows them."""

from dataclasses import replace

import pytest
from django.utils import timezone

from foundation.providers.connectors.base import UnknownAccount
from preservation.models import HeldIdentifier, PreservationHold
from requests_app.models import AccountFacts
from requests_app.services import account_facts, compliance, notices
from requests_app.services.notice_facts import same_person
from tests.people import make_staff
from tests.preservation.holds import hold_of
from tests.requests_app.records.steps import granted_request

pytestmark = [pytest.mark.usefixtures("quick_letter"), pytest.mark.django_db]


def facts(provider, account, *linked):
    AccountFacts.objects.create(provider=provider, account=account, linked=list(linked), read_at=timezone.now())


def test_links_of_links_are_one_person(company):
    provider = granted_request(barred=False).provider
    facts(provider, "A", "B")
    facts(provider, "C", "B", "D")
    facts(provider, "E")
    found = same_person(provider.pk, ["A", "D", "E"])
    assert found == {"A": {"A", "B", "C", "D"}, "D": {"A", "B", "C", "D"}, "E": {"E"}}


def test_an_account_known_from_a_hold_alone_is_asked_about_and_its_mark_holds_the_notice(company, monkeypatch):
    data_request = granted_request(barred=False)
    notice, plain = data_request.notices.order_by("account").first(), company.contact
    hold = hold_of(officer=data_request.officer)
    PreservationHold.objects.filter(pk=hold.pk).update(provider=data_request.provider)
    HeldIdentifier.objects.filter(hold=hold).update(account="ACC-HELD")
    hold.refresh_from_db()
    compliance.mark_hold(hold, barred=True, reason="Report filed", by=make_staff("counsel"))
    asked = []

    def contact(account):
        asked.append(account)
        return replace(plain(account), linked=(notice.account,) if account == "ACC-HELD" else ())

    monkeypatch.setattr(company, "contact", contact)
    company.silent = True
    assert account_facts.learn_of_holds() == 0
    company.silent = False
    assert account_facts.learn_of_holds() == 1
    assert account_facts.learn_of_holds() == 0
    assert set(asked) == {"ACC-HELD"}
    assert notices.send_due() == 1, "the other holder"
    notice.refresh_from_db()
    assert notice.status == "postponed"


def test_an_unknown_account_of_a_hold_is_asked_about_once(company, monkeypatch):
    def unknown(_account):
        raise UnknownAccount("No such account.")

    hold = hold_of()
    HeldIdentifier.objects.filter(hold=hold).update(account="GONE")
    monkeypatch.setattr(company, "contact", unknown)
    assert [account_facts.learn_of_holds(), account_facts.learn_of_holds()] == [1, 0]
    assert AccountFacts.objects.get().linked == []


def test_a_marked_hold_on_one_of_several_accounts_holds_each_of_them(company):
    data_request = granted_request(barred=False)
    accounts = sorted(data_request.notices.values_list("account", flat=True))
    hold = hold_of(officer=data_request.officer)
    PreservationHold.objects.filter(pk=hold.pk).update(provider=data_request.provider, aml_bar=True)
    item = HeldIdentifier.objects.filter(hold=hold).first()
    HeldIdentifier.objects.filter(pk=item.pk).update(
        account="", match_result="ambiguous", candidates=[{"uid": accounts[0]}, {"uid": "ACC-OTHER"}]
    )
    assert notices.send_due() == 1
    HeldIdentifier.objects.filter(pk=item.pk).update(account="ACC-OTHER", chosen_at=timezone.now())
    notices.look_again(accounts, provider_id=data_request.provider_id)
    assert notices.send_due() == 1
