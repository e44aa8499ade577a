"""How an agency reaches the desk, and what the front page offers to whom."""

import pytest
from bs4 import BeautifulSoup

from foundation.notifications.models import OutboundMessage
from tests.accounts.suspending import suspended_officer
from tests.people import client_for, make_officer, make_staff, make_user

pytestmark = pytest.mark.django_db


def page(answer) -> BeautifulSoup:
    return BeautifulSoup(answer.content, "html.parser")


def test_a_refused_address_is_led_to_the_way_for_agencies_without_any(client):
    answer = client.post("/access/", {"email": "k.aas@gmail.com"})
    assert "the contact page says how" in answer.content.decode()
    link = page(answer).main.select_one('a[href*="/contact/"]')["href"]
    path, _mark, anchor = link.partition("#")
    section = page(client.get(path)).find(id=anchor)
    assert section.get_text() == "Agencies without e-mail addresses of their own"


@pytest.mark.parametrize("number", ["+44 20 7946 0100", ""])
def test_the_contact_page_names_the_number_of_the_desk_where_there_is_one(client, settings, number):
    settings.SITE_DESK_PHONE = number
    read = page(client.get("/contact/"))
    assert read.find(id="agencies").get_text() == "How your agency reaches us"
    assert bool(read.select_one('a[href="tel:+442079460100"]')) == bool(number)


@pytest.mark.parametrize(
    ("number", "said"), [("+44 20 7946 0100", "Our number: +44 20 7946 0100."), ("", "How to reach us: http")]
)
def test_a_mail_that_says_call_us_says_where(settings, number, said):
    settings.SITE_DESK_PHONE = number
    suspended_officer(make_officer())
    mail = OutboundMessage.objects.get(event="access_suspended")
    assert "Ask your agency to call us." in mail.body_text
    assert said in mail.body_text


def test_the_front_page_offers_each_person_their_own_way(client):
    def ways(visitor):
        return [link.get_text() for link in page(visitor.get("/")).select(".app-hero__grid > div a.govuk-button")]

    assert ways(client) == ["Sign in", "Request access"]
    assert ways(client_for(make_user())) == ["Your application"]
    assert ways(client_for(make_officer())) == ["Your requests"]
    assert ways(client_for(make_staff("analyst"))) == ["Go to your work"]
