"""The frame of every page."""

from datetime import UTC, datetime

from bs4 import BeautifulSoup
from django.contrib.messages import constants
from django.contrib.messages.storage.base import Message
from django.template import engines

SITE = {
    "name": "Meridian Exchange", "service": "Government requests", "address": "requests.meridian.example",
    "emergency_phone": "+44 20 7946 0112",
}  # fmt: skip
NAV = [
    {"label": "Queue", "url": "/staff/queue/", "active": True, "count": {"shown": "99+", "words": "open"}},
    {"label": "Approvals", "url": "/staff/approvals/", "count": {"shown": "3", "words": "to sign", "alert": True}},
    {"label": "Reports", "url": "/staff/reports/", "count": {"shown": "", "words": "new"}},
    {"label": "Threat to life: emergency request", "url": "/emergency/", "emergency": True},
]
PAGE = "{% block title %}Queue{% endblock %}{% block content %}<h1>Queue</h1>{% endblock %}"


def draw(base: str = "base.html", source: str = PAGE, **context) -> BeautifulSoup:
    context = {"site": SITE, "nav": NAV, "now": datetime(2026, 11, 18, 14, 20, tzinfo=UTC), "person": None, **context}
    return BeautifulSoup(
        engines["django"].from_string(f"{{% extends '{base}' %}}{source}").render(context), "html.parser"
    )


def test_title_and_landmarks():
    page = draw()
    assert page.title.string == "Queue - Meridian Exchange"
    assert page.select_one(".govuk-skip-link")["href"] == "#main-content"
    assert page.main["id"] == "main-content"
    assert [page.select_one(name) is not None for name in ("header", "nav", "main", "footer")] == [True] * 4


def test_navigation():
    links = draw().select(".app-nav a")
    assert [link["href"] for link in links] == [item["url"] for item in NAV]
    assert [link.get("aria-current") for link in links] == ["true", None, None, None]
    assert links[0].get_text() == "Queue 99+ open"
    assert links[1].select_one(".app-count--alert").get_text() == "3 to sign"
    assert links[2].select_one(".app-count") is None
    assert "app-nav__emergency" in links[3]["class"]
    assert "app-nav__end" in links[3].parent["class"]


def test_nobody_signed_in():
    links = draw().select(".app-header__account a")
    assert [link["href"] for link in links] == ["/access/", "/sign-in/"]


def test_somebody_signed_in():
    account = draw(person={"name": "Ingrid Solheim", "second": "Nordvik Police District"}).select_one(
        ".app-header__account"
    )
    assert account.li.get_text() == "Ingrid Solheim Nordvik Police District"
    assert (account.form["method"], account.form["action"]) == ("post", "/sign-out/")
    assert account.time is None


def test_staff_pages_are_wide_and_show_the_time():
    page = draw("base_staff.html", person={"name": "Priya Raman", "second": "Reviewer"})
    assert "app-staff" in page.html["class"]
    assert page.select(".govuk-width-container") == []
    assert len(page.select(".app-wide")) == 4
    assert page.select_one(".app-header__account time").string == "Wed 18 Nov, 14:20 UTC"


def test_messages_after_a_redirect():
    given = [
        Message(constants.SUCCESS, "Answer sent"),
        Message(constants.WARNING, "<b>Look</b>"),
        Message(constants.INFO, "Hm"),
    ]
    banners = draw(messages=given).select(".govuk-notification-banner")
    assert ["govuk-notification-banner--success" in banner["class"] for banner in banners] == [True, False, False]
    assert [banner.h2.string for banner in banners] == ["Done", "Important", "Important"]
    assert banners[1].p.string == "<b>Look</b>"


def test_footer_says_which_address_is_ours():
    assert "only at requests.meridian.example" in " ".join(draw().footer.get_text().split())


def test_script_and_style_are_files():
    page = draw()
    assert [script["src"].startswith("/static/portal") for script in page("script")] == [True]
    assert page.select("style, [style]") == []
