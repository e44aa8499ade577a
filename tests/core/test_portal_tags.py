"""The tags that pages are made of."""

from datetime import UTC, date, datetime
from types import SimpleNamespace

import pytest
from bs4 import BeautifulSoup
from django import forms
from django.template import engines
from django.utils.functional import SimpleLazyObject

from foundation.core.forms import PortalForm
from foundation.core.templatetags import portal

NOW = datetime(2026, 11, 18, 14, 20, tzinfo=UTC)
DUE = datetime(2026, 11, 20, 16, 0, tzinfo=UTC)
EVIL = "<script>alert(1)</script>"


def draw(source: str, **context) -> str:
    return engines["django"].from_string(source).render({"now": NOW, "due": DUE, "evil": EVIL, **context}).strip()


def soup(source: str, **context) -> BeautifulSoup:
    return BeautifulSoup(draw(source, **context), "html.parser")


def text(source: str, **context) -> str:
    return " ".join(soup(source, **context).get_text(" ").split())


# Words
@pytest.mark.parametrize(
    ("colour", "css"),
    [
        ("blue", "govuk-tag"),
        ("", "govuk-tag"),
        ("teal", "govuk-tag govuk-tag--teal"),
        ("grey", "govuk-tag govuk-tag--grey"),
    ],
)
def test_status_tag(colour, css):
    assert draw("{% status_tag 'In review' colour %}", colour=colour) == f'<strong class="{css}">In review</strong>'


def test_badge_and_count():
    assert draw("{% badge 'New officer' %}") == '<strong class="moj-badge moj-badge--grey">New officer</strong>'
    assert draw("{% badge 'New' '' %}") == '<strong class="moj-badge">New</strong>'
    assert text("{% count 143 'open' %}") == "143 open"
    assert text("{% count 1000 %}") == "999+"
    assert "app-count--alert" in draw("{% count 3 alert=True %}")


def test_reference_and_codes():
    assert draw("{{ 'MX-26-7K4Q9TX'|reference }}") == '<span class="app-ref">MX-26-7K4Q9TX</span>'
    assert draw("{{ 'JBSWY3DPEHPK3PXP'|grouped }}") == "JBSW Y3DP EHPK 3PXP"
    assert draw("{{ '0123456789'|grouped:5 }}") == "01234 56789"


def test_phone_is_a_link_that_does_not_break():
    link = soup("{{ '+44 20 7946 0112'|phone }}").a
    assert link["href"] == "tel:+442079460112"
    assert link.string == "+44\u00a020\u00a07946\u00a00112"


@pytest.mark.parametrize(
    ("size", "words"),
    [(None, ""), (0, "0 bytes"), (1, "1 byte"), (999, "999 bytes"), (1000, "1.0 KB"), (318_000, "318 KB"),
     (999_600, "1.0 MB"), (4_200_000, "4.2 MB"), (26_214_400, "26 MB"), (10 * 1024**3, "11 GB")],
)  # fmt: skip
def test_file_size(size, words):
    assert draw("{{ size|file_size }}", size=size) == words.replace(" ", "\u00a0")


def test_day():
    assert draw("{{ d|day }}", d=date(2026, 12, 18)) == "18 Dec 2026"
    assert draw("{{ d|day }}", d=None) == ""


# Time
@pytest.mark.parametrize(
    ("zone", "words"),
    [
        ("Europe/Oslo", "Fri 20 Nov, 16:00 UTC (17:00 your time)"),
        ("Australia/Sydney", "Fri 20 Nov, 16:00 UTC (Sat 21 Nov, 03:00 your time)"),
        ("UTC", "Fri 20 Nov, 16:00 UTC"),
        ("Europe/London", "Fri 20 Nov, 16:00 UTC"),
        ("Nowhere/Land", "Fri 20 Nov, 16:00 UTC"),
        ("../etc/passwd", "Fri 20 Nov, 16:00 UTC"),
        ("", "Fri 20 Nov, 16:00 UTC"),
    ],
)
def test_utc(zone, words):
    assert draw("{% utc due zone %}", zone=zone) == f'<time datetime="2026-11-20T16:00:00Z">{words}</time>'


def test_utc_uses_the_zone_of_the_account():
    expected = "Fri 20 Nov, 16:00 UTC (17:00 your time)"
    assert text("{% utc due %}", person={"time_zone": "Europe/Oslo"}) == expected
    assert text("{% utc due %}", person=SimpleNamespace(time_zone="Europe/Oslo")) == expected


@pytest.mark.parametrize(
    ("form", "words"),
    [("full", "20 Nov 2026, 16:00:00 UTC"), ("date", "20 Nov 2026"), ("short", "Fri 20 Nov, 16:00"),
     ("time", "16:00 UTC (17:00 your time)")],
)  # fmt: skip
def test_utc_forms(form, words):
    assert text("{% utc due 'Europe/Oslo' form=form %}", form=form) == words


def test_utc_names_the_year_when_it_is_not_near():
    assert text("{% utc due %}", due=datetime(2027, 6, 1, 8, 0, tzinfo=UTC)) == "1 Jun 2027, 08:00 UTC"
    assert text("{% utc due form='short' %}", due=datetime(2026, 1, 1, 8, 0, tzinfo=UTC)) == "1 Jan 2026, 08:00"


def test_nothing_is_drawn_for_no_time():
    assert draw("{% utc none %}{% clock none %}", none=None) == ""


def test_there():
    assert draw("{% there 'Europe/Oslo' %}") == "15:20 there"
    assert draw("{% there 'Nowhere' %}") == ""


def test_clock():
    assert draw("{% clock due %}") == '<span class="app-clock">2 business days</span>'
    assert draw("{% clock due kind='hold' %}") == '<span class="app-clock app-clock--soon">2 days left</span>'
    assert (
        draw("{% clock due now kind='answer' %}")
        == '<span class="app-clock app-clock--soon">due in 2 business days</span>'
    )


def test_clock_with_the_time_below():
    assert text("{% clock due line=True %}") == "2 business days Fri 20 Nov, 16:00 UTC"
    assert text("{% clock due kind='paused' line=True %}") == "Paused officer has until 20 Nov"
    assert text("{% clock none kind='paused' %}", none=None) == "Paused"


def test_clock_follows_the_calendar_it_is_given_and_takes_no_other_word_of_the_page_for_one():
    desk = SimpleNamespace(is_working_day=lambda day: day != date(2026, 11, 19))
    assert text("{% clock due desk=desk %}", desk=desk) == "1 business day"
    assert text("{% clock due %}", desk=desk) == text("{% clock due %}") != "1 business day"
    assert text("{% clock due %}", desk=True) == text("{% clock due %}")


# Blocks
def test_panel():
    page = soup("{% panel 'Your request' style='warn' meta='today' %}<p>Body</p>{% endpanel %}")
    assert page.section["class"] == ["app-panel", "app-panel--warn"]
    assert page.section["aria-labelledby"] == page.h2["id"] == "panel-your-request"
    assert (page.h2.string, page.find(class_="app-panel__meta").string) == ("Your request", "today")
    assert page.find(class_="app-panel__body").p.string == "Body"
    assert soup("{% panel 'A' id='x' level=3 %}{% endpanel %}").h3["id"] == "x"


def test_summary():
    page = soup("{% summary tight=True %}{% row 'Due' %}{% utc due %}{% endrow %}{% endsummary %}")
    assert page.dl["class"] == ["govuk-summary-list", "govuk-summary-list--tight"]
    assert (page.dt.string, page.dd.time.string) == ("Due", "Fri 20 Nov, 16:00 UTC")


def test_summary_list_leaves_out_what_is_empty():
    page = soup("{% summary_list pairs %}", pairs=[("A", "1"), ("B", ""), ("C", None), ("D", 0)])
    assert [(dt.string, dd.string) for dt, dd in zip(page("dt"), page("dd"), strict=True)] == [("A", "1"), ("D", "0")]


def test_timeline():
    page = soup(
        "{% timeline %}{% entry 'Submitted' due by='by you' %} {% endentry %}"
        "{% entry 'B' due %}C{% endentry %}{% endtimeline %}"
    )
    first, second = page(class_="moj-timeline__item")
    assert first.find(class_="moj-timeline__byline").string == "by you"
    assert first.time.string == "20 Nov 2026, 16:00:00 UTC"
    assert first.find(class_="moj-timeline__description") is None
    assert second.find(class_="moj-timeline__description").string == "C"


def test_inset_warning_details_empty():
    assert draw("{% inset %}A{% endinset %}") == '<div class="govuk-inset-text">A</div>'
    assert text("{% warning %}Gone <b>for ever</b>{% endwarning %}") == "! Warning Gone for ever"
    assert soup("{% details 'Hash' code=True %}ab{% enddetails %}").find(class_="app-code").string == "ab"
    assert soup("{% details 'Hash' open=True %}ab{% enddetails %}").details.has_attr("open")
    assert draw("{% empty 'No holds' %}") == '<p class="govuk-body">No holds</p>'


# Rows
def test_back_link():
    page = soup("{% back_link '/requests/' 'Your requests' %}")
    assert page.nav["aria-label"] == "Back"
    assert (page.a["href"], page.a.string) == ("/requests/", "Your requests")


def test_tasks():
    done = soup("{% task 1 'Legal process' '/x/' hint='Court order' status='Completed' %}")
    assert done.a["aria-describedby"] == "t1-hint t1-status"
    assert done.find(id="t1-status").string == "Completed"
    wrong = soup("{% task 2 'Identifiers' '/x/' status='3 problems' colour='red' %}")
    assert wrong.find(id="t2-status").strong["class"] == ["govuk-tag", "govuk-tag--red"]
    later = soup("{% task 3 'Check' %}")
    assert later.a is None
    assert later.find(id="t3-status").string == "Cannot start yet"


def test_file_row():
    page = soup(
        "{% file_row 'Identity' filename='a.zip' size=4200000 url='/f/' sha256='3f8a' note='downloaded once' %}"
    )
    assert page.find(class_="app-line").string == "a.zip, 4.2\u00a0MB, downloaded once"
    assert page.a["href"] == "/f/"
    assert not page.a.has_attr("role")
    assert page.details.find(class_="app-code").string == "3f8a"
    assert soup("{% file_row 'Identity' %}").a is None


def test_pager():
    page = soup("{% pager 13 143 next='?after=1' %}")
    assert page.find(class_="app-soft").string == "13 of 143 shown"
    assert [link["rel"] for link in page("a")] == [["next"]]
    assert soup("{% pager 2 %}").nav is None
    assert [link["rel"][0] for link in soup("{% pager 2 previous='?b' next='?a' %}")("a")] == ["prev", "next"]


def test_done_and_submit():
    assert text("{% done 'Request sent' reference='MX-26-7K4Q9TX' %}") == "Request sent Your reference MX-26-7K4Q9TX"
    button = soup("{% submit 'Send' style='secondary' name='action' value='send' %}").button
    assert (button["name"], button["value"], button["data-prevent-double-click"]) == ("action", "send", "true")
    link = soup("{% submit 'Start' url='/x/' %}").a
    assert link["class"] == ["govuk-button"]
    assert not link.has_attr("role")


@pytest.mark.parametrize(
    "source",
    [
        "{% status_tag evil evil %}", "{% badge evil evil %}", "{% count 1 evil %}",
        "{{ evil|reference }}", "{{ evil|grouped }}",
        "{{ evil|phone }}", "{% panel evil id=evil style=evil meta=evil %}{{ evil }}{% endpanel %}",
        "{% summary %}{% row evil %}{{ evil }}{% endrow %}{% endsummary %}",
        "{% timeline %}{% entry evil due by=evil %}{{ evil }}{% endentry %}{% endtimeline %}",
        "{% inset %}{{ evil }}{% endinset %}", "{% warning %}{{ evil }}{% endwarning %}",
        "{% details evil %}{{ evil }}{% enddetails %}", "{% back_link evil evil %}", "{% empty evil %}",
        "{% task evil evil evil hint=evil status=evil colour=evil %}", "{% pager 1 2 previous=evil next=evil %}",
        "{% file_row evil url=evil filename=evil sha256=evil note=evil button=evil %}",
        "{% done evil reference=evil label=evil %}",
        "{% submit evil style=evil name=evil value=evil form=evil %}", "{% submit evil url=evil %}",
    ],
)  # fmt: skip
def test_everything_given_is_escaped(source):
    assert "<script" not in draw(source)


def test_pairs_are_escaped():
    assert "<script" not in draw("{% summary_list pairs %}", pairs=[(EVIL, EVIL)])


# Title
class Question(PortalForm):
    answer = forms.CharField(label="Answer")


@pytest.mark.parametrize(
    ("context", "prefix"),
    [
        ({"form": Question()}, ""),
        ({"form": Question({"answer": "yes"})}, ""),
        ({"form": Question({})}, "Error:"),
        ({"anything": Question({})}, "Error:"),
        ({"rows": [Question(), Question({})]}, "Error:"),
        ({"formset": forms.formset_factory(Question)({"form-TOTAL_FORMS": 1, "form-INITIAL_FORMS": 1})}, "Error:"),
    ],
)
def test_title_says_error(context, prefix):
    assert draw("{% error_prefix %}", **context) == prefix


def test_looking_for_errors_wakes_nothing():
    def wake():
        raise AssertionError("evaluated")

    assert draw("{% error_prefix %}", user=SimpleLazyObject(wake), form=Question()) == ""


def test_a_file_that_does_not_exist_yet_has_no_size():
    assert (portal.file_size(""), portal.file_size(None)) == ("", "")
