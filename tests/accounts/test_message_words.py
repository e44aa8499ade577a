"""The pages that show what each message says."""

import re

import pytest

from foundation.notifications.message_kinds import message_kinds
from tests.people import client_for, make_officer, make_staff

LIST = "/staff/messages/words/"


@pytest.fixture
def staff(db):
    return client_for(make_staff("auditor"))


def test_every_message_is_listed_by_who_gets_it(staff):
    page = staff.get(LIST).content.decode()
    listed = re.findall(rf'href="{LIST}(\w+)/"', page)
    assert sorted(listed) == sorted(message_kinds())
    assert page.index('id="applicant"') < page.index("access_received") < page.index('id="staff"')


def test_a_message_is_shown_in_each_language_and_with_each_sample(staff):
    page = staff.get(f"{LIST}access_declined/?language=de&sample=3").content.decode()
    assert "[MX-26-ABCDEFG] Ihr Widerspruch wurde abgelehnt" in page
    assert page.count('aria-current="page"') == 2  # of the languages, and of the samples
    assert 'lang="de"' in page
    assert len(re.findall(r'<iframe[^>]* sandbox src="[^"]*language=de[^"]*"', page)) == 2


@pytest.mark.parametrize("query", ["language=xx&sample=9", "language=&sample=-1", "sample=1e9", "sample=%00"])
def test_what_there_is_not_is_english_and_the_first_sample(staff, query):
    assert "Your application was declined" in staff.get(f"{LIST}access_declined/?{query}").content.decode()


def test_the_html_part_stands_alone_and_can_do_nothing(staff):
    answer = staff.get(f"{LIST}question_asked/html/?shown=dark")
    policy = answer["Content-Security-Policy"]
    assert "sandbox" in policy.split("; ")
    assert "default-src 'none'" in policy
    assert (answer["X-Frame-Options"], "frame-ancestors 'self'" in policy) == ("SAMEORIGIN", True)
    assert "@media all {" in answer.content.decode()
    assert "prefers-color-scheme" not in staff.get(f"{LIST}question_asked/html/?shown=light").content.decode()
    page = staff.get(f"{LIST}question_asked/")
    assert "frame-src 'self'" in page["Content-Security-Policy"]
    assert page["X-Frame-Options"] == "DENY"


def test_there_is_no_page_for_a_message_that_is_none(staff):
    for path in (f"{LIST}_footer/", f"{LIST}nothing/html/", f"{LIST}..%2Fbase/"):
        assert staff.get(path).status_code == 404


def test_an_officer_does_not_find_the_pages(db):
    client = client_for(make_officer())
    assert {client.get(path).status_code for path in (LIST, f"{LIST}question_asked/")} == {404}


def test_the_list_can_be_cut_down_in_the_address(staff):
    def listed(query):
        return set(re.findall(rf'href="{LIST}(\w+)/"', staff.get(LIST + query).content.decode()))

    kinds = message_kinds().values()
    assert listed("?to=holder") == {one.event for one in kinds if one.to == "holder"}
    both = {one.event for one in kinds if one.to == "officer" and one.kind == "ordinary"}
    assert listed("?to=officer&kind=ordinary") == both
    assert "There is no such message." in staff.get(f"{LIST}?to=holder&kind=security").content.decode()
    assert listed("?to=nobody&kind=x") == {one.event for one in kinds}
