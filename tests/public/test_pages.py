"""What anybody may read, and what one reads when something went wrong. None of it may need the database."""

from datetime import datetime, timedelta
from email.utils import parseaddr

import pytest
from bs4 import BeautifulSoup
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.test import Client, RequestFactory
from django.utils import timezone

from lers import views

PAGES = ["/", "/guidelines/", "/emergency/", "/privacy/", "/accessibility/", "/contact/"]


def page(response) -> BeautifulSoup:
    return BeautifulSoup(response.content, "html.parser")


@pytest.mark.parametrize("url", PAGES)
def test_page(client, url):
    response = client.get(url)
    assert response.status_code == 200
    read = page(response)
    assert len(read("h1")) == 1
    assert read.title.string.count(" - ") == 1
    assert read.find(id="main-content").name == "main"
    assert read.html["lang"].startswith("en")
    ids = [element["id"] for element in read.select("[id]")]
    assert len(ids) == len(set(ids))
    assert read.select("[style], style, script:not([src])") == []


@pytest.mark.parametrize("url", PAGES)
def test_links_of_the_footer_lead_somewhere(client, url):
    links = page(client.get(url)).select(".app-footer__links a")
    assert links
    assert {client.get(link["href"]).status_code for link in links} == {200}


@pytest.mark.parametrize("url", PAGES)
def test_pages_are_only_read(client, url):
    assert client.post(url).status_code == 405


def test_only_running_text_is_offered_to_search_engines(client):
    assert page(client.get("/")).find("meta", {"name": "robots"})["content"] == "index"
    assert page(client.get("/nothing/")).find("meta", {"name": "robots"})["content"] == "noindex"


def test_pages_send_a_strict_policy(client):
    policy = client.get("/").headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_reading_sets_no_cookie(client):
    assert client.get("/").cookies == {}


def test_visitors_are_told_where_to_go(client):
    text = page(client.get("/contact/")).main.get_text()
    for reader in ("Victims of crime", "Journalists", "Lawyers", "Account holders"):
        assert reader in text


def test_emergency_page_has_the_number(client):
    links = [link["href"] for link in page(client.get("/emergency/")).main("a")]
    assert any(link.startswith("tel:+") for link in links)
    assert "/sign-in/?next=/emergency/new/" in links


def test_security_txt(client):
    response = client.get("/.well-known/security.txt")
    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
    lines = dict(line.split(": ", 1) for line in response.text.splitlines())
    assert lines["Contact"].startswith("mailto:security@")
    assert timedelta(days=30) < datetime.fromisoformat(lines["Expires"]) - timezone.now() < timedelta(days=366)


def test_mailboxes_follow_the_sender_unless_named(settings):
    settings.DEFAULT_FROM_EMAIL = "Requests <no-reply@mail.example>"
    assert views.mailboxes()["press"] == "press@mail.example"
    settings.MAILBOXES = {"press": "newsroom@company.example"}
    assert views.mailboxes()["press"] == "newsroom@company.example"
    assert views.mailboxes()["legal"] == "legal@mail.example"


def test_not_found_says_nothing(client):
    response = client.get("/requests-that-are-not-there/")
    assert response.status_code == 404
    assert "This page does not exist, or you may not see it." in page(response).main.get_text()


def test_forbidden():
    request = RequestFactory().get("/x/")
    response = views.permission_denied(request, PermissionDenied())
    assert response.status_code == 403
    assert "Your role does not include" in response.text


def test_form_without_its_token():
    response = Client(enforce_csrf_checks=True).post("/contact/")
    assert response.status_code == 403
    assert "Nothing was sent" in response.text


def test_broken_page_needs_nothing(settings):
    settings.EMERGENCY_PHONE = "+44 20 7946 0112"
    response = views.server_error(RequestFactory().get("/x/"))
    assert response.status_code == 500
    assert "The service is not available" in response.text
    assert "tel:+442079460112" in response.text


def test_sender_has_a_domain():
    assert "@" in parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
