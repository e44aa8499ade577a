"""The pages of what is asked for on answered requests, and of what an answer cost."""

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse

from requests_app.enums import PackageStatus
from requests_app.services import packages, reissuing
from tests.factories import request_at
from tests.people import client_for, make_staff
from tests.requests_app.records.test_later import ask, people_of, purged
from tests.requests_app.records.test_purging import expired

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quick_letter", "company")]
WHY = "The marmalade ledger went missing."


def words_of(response):
    return response.content.decode()


def test_an_officer_asks_and_takes_it_back():
    package, _at = expired()
    data_request = package.data_request
    client = client_for(data_request.officer)
    reference = data_request.reference
    page, url = reverse("officer:request", args=[reference]), reverse("later:ask", args=[reference])
    assert url in words_of(client.get(page))
    refused = client.post(url, {"kind": "testimony", "words": WHY, "court": "Oslo District Court"})
    assert (refused.status_code, WHY in words_of(refused)) == (422, True)
    assert "Enter the day of the hearing" in words_of(refused)
    day = {"needed_by_day": "1", "needed_by_month": "3", "needed_by_year": "2099"}
    assert client.post(url, {"kind": "reissue", "words": WHY, **day}).status_code == 302
    found = data_request.later_asks.get()
    assert (found.package, found.needed_by.year, found.certificate_form) == (package, 2099, "")
    back = reverse("later:take_back", args=[data_request.reference, found.uid])
    shown = words_of(client.get(page))
    assert WHY in shown
    assert back in shown
    client.post(back)
    found.refresh_from_db()
    assert found.status == "withdrawn"
    assert back not in words_of(client.get(page))


def test_staff_see_it_and_open_the_download_again():
    package, at = expired()
    data_request = package.data_request
    found = ask(package, at=at, needed_by=at.date())
    analyst, approver = people_of(package)
    desk, releaser = client_for(analyst), client_for(approver)
    one = reverse("staff_later:one", args=[data_request.reference, found.uid])
    again = reverse("staff_later:reissue", args=[data_request.reference, package.number])
    for client in (desk, releaser):
        assert one in words_of(client.get(reverse("staff_later:list")))
        assert one in words_of(client.get(reverse("staff_records:list", args=[data_request.reference])))
    assert again not in words_of(desk.get(one))
    assert again in words_of(releaser.get(one))
    answered = desk.post(reverse("staff_later:reply", args=[data_request.reference, found.uid]), {"words": "Yes"})
    assert (answered.status_code, "once the records are released" in words_of(answered)) == (422, True)
    assert desk.post(again).status_code == 403
    response = releaser.post(again)
    assert "can be downloaded again" in str(next(iter(get_messages(response.wsgi_request))))
    package.refresh_from_db()
    assert package.status == PackageStatus.RELEASED
    ended = words_of(desk.get(reverse("staff_later:list"), {"show": "done"}))
    assert one in ended
    assert one not in words_of(desk.get(reverse("staff_later:list")))


def test_deleted_files_lead_to_a_new_package():
    package, at = purged()
    data_request = package.data_request
    found = ask(package, at=at)
    analyst, approver = people_of(package)
    one = reverse("staff_later:one", args=[data_request.reference, found.uid])
    assert "Prepare a package" in words_of(client_for(analyst).get(one))
    assert "Files deleted" in words_of(client_for(approver).get(one))
    assert not reissuing.offered(package)
    start = reverse("staff_records:start", args=[data_request.reference])
    assert client_for(analyst).post(start, {"action": "all"}).status_code == 302
    assert data_request.packages.count() == 2
    packages.take_back(data_request.packages.get(number=2), reason="Enough", by=analyst, at=at)


def test_costs_are_noted_and_leave_as_a_table_without_formulas():
    data_request = request_at("closed")
    client = client_for(data_request.test_people.analyst)
    url = reverse("staff_later:costs", args=[data_request.reference])
    refused = client.post(url, {"amount": "-1", "currency": "EUR", "spent_on": WHY})
    assert (refused.status_code, WHY in words_of(refused)) == (422, True)
    client.post(url, {"amount": "12.50", "currency": "EUR", "spent_on": "=SUM(A1)"})
    assert "12.50 EUR" in words_of(client.get(url))
    table = words_of(client.get(reverse("staff_later:costs_file", args=[data_request.reference])))
    assert "'=SUM(A1)" in table
    note = data_request.costs.get()
    remove = reverse("staff_later:cost_remove", args=[data_request.reference, note.uid])
    assert client_for(make_staff("auditor")).post(remove).status_code == 403
    client.post(remove)
    assert "12.50 EUR" not in words_of(client.get(url))
    officer = client_for(data_request.officer)
    assert officer.get(url).status_code in {403, 404}
