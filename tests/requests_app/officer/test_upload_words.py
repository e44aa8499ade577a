"""What is said of the virus scanner follows whether there is one; zones are offered once, under one name."""

import pytest

from foundation.legal.calendars import offered_zones, zones_of
from requests_app.deadlines import time_zones
from requests_app.forms.draft_scope import zone_choices
from requests_app.scanning import virus_words
from tests.factories import request_at
from tests.people import client_for

CHECKED = "Every file is checked for viruses before anybody opens it."


def offered(country, kept=()):
    groups = dict(choice for choice in zone_choices(country, kept) if not isinstance(choice[1], str))
    return {name: [zone for zone, _words in zones] for name, zones in groups.items()}


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["", "127.0.0.1:3310"])
def test_the_page_says_whether_files_are_checked(settings, address):
    settings.CLAMD_ADDRESS = address
    sent = request_at("submitted")
    page = client_for(sent.officer).get(f"/requests/{sent.reference}/documents/").content.decode()
    assert (CHECKED in page) is bool(address)
    assert virus_words() in page


def test_no_zone_is_offered_under_a_second_name():
    zones = set(offered_zones())
    assert zones <= time_zones()
    assert {"Europe/Oslo", "America/New_York", "Africa/Asmara"} <= zones
    assert not zones & {"US/Samoa", "Mexico/General", "Africa/Asmera", "Asia/Calcutta", "GB", "UTC"}


def test_the_own_country_comes_first_and_a_kept_alias_stays():
    assert offered("MX")["Your country"][0] == "America/Mexico_City"
    assert "America/Tijuana" in offered("MX")["Your country"]
    assert "America/Tijuana" not in offered("MX")["Other places"]
    assert zones_of("ER") == ["Africa/Asmara"]
    assert "US/Samoa" in offered("MX", ["US/Samoa", "UTC", "No/Where"])["Other places"]
    assert "No/Where" not in offered("MX", ["No/Where"])["Other places"]
