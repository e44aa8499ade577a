"""Which domains look like a known one, which do not, and how the index says so."""

import pytest

from accounts.look_alikes import Index, imitation, misplaced_ending, mixes_scripts
from accounts.skeletons import distance, fold

KNOWN = (
    "northmoor-police.example", "met.police.uk", "nypd.org", "interpol.int", "fbi.gov", "polizei.bayern.de",
    "europol.europa.eu", "politie.nl", "police.govt.nz", "garda.ie", "carabinieri.it",
)  # fmt: skip
INDEX = Index(KNOWN)


@pytest.mark.parametrize(
    ("domain", "known", "how"),
    [
        ("northmoor-police-uk.example", "northmoor-police.example", "adds -uk to"),
        ("mail-northmoor-police.example", "northmoor-police.example", "adds mail- to"),
        ("metpolice.uk.com", "met.police.uk", "adds police to"),
        ("met-police.co.uk", "met.police.uk", "adds -police to"),
        ("policegovtnz.example", "police.govt.nz", "as one word"),
        ("nypd-gov.com", "nypd.org", "adds -gov to"),
        ("nypdonline.com", "nypd.org", "adds online to"),
        ("interpol-int.org", "interpol.int", "adds -int to"),
        ("interpol.org", "interpol.int", "the ending .org instead of .int"),
        ("fbi-gov.com", "fbi.gov", "adds -gov to"),
        ("northrnoor-police.example", "northmoor-police.example", "letters that look like"),
        ("n0rthm00r-police.example", "northmoor-police.example", "letters that look like"),
        ("north-moorpolice.example", "northmoor-police.example", "hyphens or dots"),
        ("n.ypd.org", "nypd.org", "hyphens or dots"),
        ("northmorr-police.example", "northmoor-police.example", "a letter or two"),
        ("nrothmoor-police.example", "northmoor-police.example", "a letter or two"),
        ("gadra.ie", "garda.ie", "a letter or two"),
        ("poltiie.nl", "politie.nl", "a letter or two"),
        ("nórthmoor-políce.example".encode("idna").decode(), "northmoor-police.example", "letters that look like"),
        ("nypd.org.secure-login.example", "nypd.org", "inside another one"),
        ("polizei-bayern.de", "polizei.bayern.de", "hyphens or dots"),
        ("intrepol.int.co", "interpol.int", "a letter or two"),
    ],
)
def test_an_imitation_is_found_and_named(domain, known, how):
    found = INDEX.find(domain)
    assert found is not None
    assert (found.known, found.plain) == (known, True)
    assert how in found.how


@pytest.mark.parametrize(
    "domain",
    [
        "gov.uk.evil.example",
        "police.uk.com",
        "police-uk.com",
        "govuk.example",
        "justice-gov.example",
        "kentpolice.uk.com",
    ],
)
def test_a_governments_ending_in_the_wrong_place_is_found(domain):
    found = Index([]).find(domain)
    assert found is not None
    assert found.known == ""
    assert "where anybody can put it" in found.how


@pytest.mark.parametrize(
    "domain",
    [
        *KNOWN, "mail.northmoor-police.example", "lka.polizei.bayern.de", "politi.dk", "policia.es", "policija.si",
        "polizei-bw.de", "torontopolice.on.ca", "gov.mb.ca", "guardiacivil.es", "kentucky.gov", "lasd.org",
        "douane-valclair.example", "nordvik-politi.example", "admin.ch", "meteo.example", "evil.example",
    ],
)  # fmt: skip
def test_what_is_known_or_only_alike_in_kind_is_left_alone(domain):
    assert INDEX.find(domain) is None


def test_under_a_governments_ending_only_a_close_name_is_worth_a_look():
    assert INDEX.find("kent.police.uk", zone="police.uk") is None
    for name in ("mett.police.uk", "mey.police.uk"):
        short = INDEX.find(name, zone="police.uk")
        assert short is not None
        assert not short.plain, "three letters say too little to be sure"
    close = Index(["hampshire.police.uk"]).find("hampsire.police.uk", zone="police.uk")
    assert close is not None
    assert not close.plain


def test_a_name_of_a_town_is_no_brand_by_itself():
    index = Index(["springfield.gov", "nypd.org"], brands=["nypd.org"])
    assert index.find("springfieldpolice.org") is None
    assert index.find("springfield-gov.example") is not None


def test_a_stranger_below_a_shared_ending_is_not_the_owner():
    """uk.com gives names to anybody: knowing one of them says nothing of another."""
    index = Index(["agency.uk.com"])
    assert index.find("mail.agency.uk.com") is None
    assert index.find("metpolice.uk.com") is not None


def test_letters_of_another_script_are_seen():
    assert mixes_scripts("nоrthmoor-police.example".encode("idna").decode())  # noqa: RUF001 - a Cyrillic o
    assert mixes_scripts("xn--a.example"), "what cannot be decoded is not trusted"
    assert not mixes_scripts("northmoor-police.example")


def test_imitation_names_only_known_ones():
    assert imitation("police-uk.com", ["nypd.org"]) is None
    assert imitation("nypd-gov.com", ["nypd.org"]) == ("nypd.org", "adds -gov to a known domain")
    assert misplaced_ending("gov.uk.evil.example") is not None


@pytest.mark.parametrize(
    ("one", "other", "steps"),
    [
        ("police", "police", 0),
        ("polcie", "police", 1),
        ("polce", "police", 1),
        ("ab", "ba", 1),
        ("abcdef", "uvwxyz", 3),
    ],
)
def test_distance_counts_changes_and_swaps_up_to_a_limit(one, other, steps):
    assert distance(one, other, most=2) == steps


def test_a_skeleton_is_what_the_eye_sees():
    assert fold("p0Iice-rnail") == fold("police.mail")
    assert fold("pólicе") == fold("police")  # noqa: RUF001 - an accent, and a Cyrillic e
