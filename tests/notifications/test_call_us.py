"""Mails that say "call us" name one number, the desk's; the one for a threat to life stands in the footer alone."""

import re
from pathlib import Path

import pytest
from django.conf import settings as configured

from foundation.notifications.rendering import render

MAILS = Path(configured.BASE_DIR) / "templates" / "mail"
BODIES = sorted(MAILS.glob("*-body.txt"))
DESK, LIFE = "+44 20 7946 0100", "+44 20 7946 0112"
SAYS_CALL = re.compile(r"\bcall us\b", re.IGNORECASE)
CALLING = [path.name.removesuffix("-body.txt") for path in BODIES if SAYS_CALL.search(path.read_text())]
WORDS = dict.fromkeys(
    ("agency", "at", "until", "kind", "who", "old", "new", "place", "device", "link", "withdrawn", "change"),
    "Something",
)


def said(event: str) -> tuple[str, str]:
    """The words of the mail, and those under it."""
    text = " ".join(render(event, WORDS, name="K. Aas", reference="MX-26-AAAA-AAAA").body_text.split())
    body, _mark, footer = text.partition(" -- ")
    return body, footer


def test_only_the_footer_names_the_number_for_a_threat_to_life():
    named = {path.name for path in MAILS.rglob("*.txt") if "emergency_phone" in path.read_text()}
    assert named == {"_footer.txt"}


@pytest.mark.parametrize("event", CALLING)
def test_a_mail_that_says_call_us_names_the_desk_and_no_other_number(event, settings):
    settings.SITE_DESK_PHONE, settings.EMERGENCY_PHONE = DESK, LIFE
    body, footer = said(event)
    assert (DESK in body, LIFE in body) == (True, False), body
    assert f"Threat to life: {LIFE}, day and night." in footer


@pytest.mark.parametrize("event", CALLING)
def test_without_a_number_of_the_desk_it_leads_to_the_contact_page(event, settings):
    settings.SITE_DESK_PHONE, settings.EMERGENCY_PHONE = "", LIFE
    body, _footer = said(event)
    assert LIFE not in body
    assert "/contact/" in body or "our contact page says how" in body
    assert "None" not in body


def test_there_are_such_mails():
    assert {"password_changed", "new_device", "request_withdrawn", "lost_factor_reset"} <= set(CALLING)
