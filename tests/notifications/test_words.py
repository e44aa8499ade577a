"""Every message has an entry, samples that say all its words, and the same message in every language it must have."""

import re
from datetime import UTC, datetime
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from django.conf import settings as configured

from foundation.notifications.enums import Audience
from foundation.notifications.languages import LANGUAGES, folder, language_of, languages_of, nearest
from foundation.notifications.message_kinds import message_kinds
from foundation.notifications.models import OutboundMessage
from foundation.notifications.moments import written
from foundation.notifications.rendering import blocks, render
from foundation.notifications.samples import NAME, ZONE, render_sample
from foundation.notifications.smtp import as_email

TEMPLATES = Path(configured.BASE_DIR) / "templates"
KINDS = message_kinds()
TRANSLATED = {Audience.APPLICANT, Audience.OFFICER, Audience.ACCOUNT, Audience.HOLDER}
OTHERS = [code for code in LANGUAGES if code != "en"]
SAMPLES = [(event, n) for event, kind in KINDS.items() for n in range(len(kind.samples))]
IN_LANGUAGES = [(event, code) for event in KINDS for code in languages_of(event)]
LINK = re.compile(r"https?://[^\s<>\"]*[^\s<>\".,;:)]")
FIRST = datetime(2026, 11, 20, 16, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def details(settings):
    settings.SITE_NAME, settings.PUBLIC_URL = "Meridian Exchange", "https://requests.meridian.example"
    settings.SITE_DESK_PHONE, settings.EMERGENCY_PHONE = "+44 20 7946 0100", "+44 20 7946 0112"


def shape(event: str, number: int, language: str) -> dict[str, object]:
    """What must be the same in every language: blocks, links, and each value as often as in English."""
    mail = render_sample(KINDS[event], number, language=language)
    body = mail.body_text.partition("\n-- \n")[0]
    flat = " ".join(body.split())
    given = {"name": NAME, **KINDS[event].samples[number]}
    values = [written(v, zone=ZONE, language=language) if isinstance(v, datetime) else str(v) for v in given.values()]
    return {
        "kinds": re.findall(r'<p class="key"|<li>|<ul|<p style', mail.body_html.partition('class="foot"')[0]),
        "links": LINK.findall(body),
        "address": flat.count("requests.meridian.example"),
        "phone": flat.count("+44 20 7946 0100"),
        "values": [(n, flat.count(v)) for n, v in enumerate(values) if len(v) > 3 and not v.islower()],
        "reference": mail.subject.startswith("["),
    }


def test_each_template_has_an_entry_and_each_entry_its_templates():
    for part in ("subject", "body"):
        found = {path.name.removesuffix(f"-{part}.txt") for path in (TEMPLATES / "mail").glob(f"*-{part}.txt")}
        assert found == set(KINDS)
    assert all(kind.when.endswith(".") for kind in KINDS.values())


def test_what_people_outside_get_is_there_in_every_language():
    missing = [
        (event, code)
        for event, kind in KINDS.items()
        for code in OTHERS
        if kind.to in TRANSLATED and language_of(event, code) != code
    ]
    assert missing == []
    left_over = [p.name for code in OTHERS for p in (TEMPLATES / folder(code)).glob("[a-z]*-*.txt")
                 if p.name.rpartition("-")[0] not in KINDS]  # fmt: skip
    assert left_over == []


@pytest.mark.parametrize("language", OTHERS)
def test_a_translation_has_the_same_blocks_links_and_values(language):
    wrong = {}
    for event, number in SAMPLES:
        if language not in languages_of(event):
            continue
        english, other = shape(event, number, "en"), shape(event, number, language)
        if english != other:
            wrong[event, number] = {key: (english[key], other[key]) for key in english if english[key] != other[key]}
    assert wrong == {}


def test_the_samples_say_every_word_that_a_template_has(settings):
    mails: dict[tuple[str, str], list] = {}
    for settings.SITE_DESK_PHONE in ("", "+44 20 7946 0100"):
        for event, code in IN_LANGUAGES:
            kind = KINDS[event]
            said = [render_sample(kind, n, language=code) for n in range(len(kind.samples))]
            mails.setdefault((event, code), []).extend(said)
    unsaid = []
    for (event, code), sent in mails.items():
        for part in ("subject", "body"):
            said = [" ".join((m.subject if part == "subject" else m.body_text).split(" -- ")[0].split()) for m in sent]
            source = (TEMPLATES / folder(code) / f"{event}-{part}.txt").read_text()
            for block in blocks(re.sub(r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}|\*\*", "\n\n", source)):
                unsaid += [(event, code, line) for line in block.lines
                           if len(line) > 2 and not any(" ".join(line.split()) in text for text in said)]  # fmt: skip
    assert unsaid == []


def test_nothing_of_a_template_or_of_python_shows_through():
    for event, number in SAMPLES:
        for code in languages_of(event):
            mail = render_sample(KINDS[event], number, language=code)
            words = f"{mail.subject}\n{mail.body_text}"
            assert not re.search(r"\{\{|\{%|\bNone\b|\bTrue\b|\*\*|datetime|—| ,|\(\)", words), (event, code, words)
            assert "  " not in mail.subject
            assert mail.language == code
            assert f'<html lang="{code}">' in mail.body_html


@pytest.mark.parametrize(
    ("wanted", "found"),
    [("de", "de"), ("de-AT", "de"), ("PT", "pt-br"), ("pt_PT", "pt-br"), ("en-GB", "en"), ("ja", "en"), ("", "en")],
)
def test_the_nearest_language_is_taken(wanted, found):
    assert nearest(wanted) == found


def test_a_message_to_staff_alone_is_wholly_in_english():
    mail = render("question_answered", {}, name="Mara", reference="MX-26-7K4Q9TX", language="de")
    assert mail.language == "en"
    assert "We never ask" in mail.body_text


@pytest.mark.parametrize(
    ("zone", "language", "said"),
    [
        ("Europe/Oslo", "en", "20 Nov 2026, 17:00 Oslo time (16:00 UTC)"),
        ("UTC", "en", "20 Nov 2026, 16:00 UTC"),
        ("Asia/Tokyo", "en", "21 Nov 2026, 01:00 Tokyo time (20 Nov 2026, 16:00 UTC)"),
        ("America/New_York", "de", "20. November 2026, 11:00 Uhr Ortszeit New York (16:00 UTC)"),
        ("Europe/Paris", "fr", "20 novembre 2026, 17:00 heure de Paris (16:00 UTC)"),
        ("Europe/Oslo", "fr", "20 novembre 2026, 17:00 heure d\N{RIGHT SINGLE QUOTATION MARK}Oslo (16:00 UTC)"),
        ("Europe/Madrid", "es", "20 de noviembre de 2026, 17:00 hora de Madrid (16:00 UTC)"),
        ("America/Sao_Paulo", "pt-br", "20 de novembro de 2026, 13:00 horário de Sao Paulo (16:00 UTC)"),
        ("Nowhere/City", "en", "20 Nov 2026, 16:00 UTC"),
        ("../etc/passwd", "en", "20 Nov 2026, 16:00 UTC"),
    ],
)
def test_a_moment_is_said_in_the_readers_zone_and_language(zone, language, said):
    assert written(FIRST, zone=zone, language=language) == said


@pytest.mark.parametrize(
    ("reminders", "language", "said"),
    [
        ([30, 14, 7, 1], "en", "We remind you 30, 14 and 7 days and 1 day before it ends."),
        ([7, 1], "en", "We remind you 7 days and 1 day before it ends."),
        ([14, 7], "en", "We remind you 14 and 7 days before it ends."),
        ([1], "en", "We remind you 1 day before it ends."),
        ([30, 14, 7, 1], "de", "30, 14 und 7 Tage und 1 Tag vorher."),
        ([30, 14, 7, 1], "fr", "30, 14 et 7 jours et 1 jour avant."),
        ([30, 14, 7, 1], "es", "30, 14 y 7 días y 1 día antes."),
        ([30, 14, 7, 1], "pt-br", "30, 14 e 7 dias e 1 dia antes."),
    ],
)
def test_days_are_counted_as_people_say_them(reminders, language, said):
    mail = render("hold_extended", {"ends": FIRST, "reminders": tuple(reminders)}, language=language)
    assert said in " ".join(mail.body_text.split())


def test_the_address_links_home_and_nowhere_deeper_and_letters_to_others_have_no_link():
    keys = set()
    for event, number in SAMPLES:
        for code in languages_of(event):
            mail = render_sample(KINDS[event], number, language=code)
            links = set(re.findall(r'href="([^"]*)"', mail.body_html))
            shown = "requests.meridian.example" in mail.body_html.partition('class="foot"')[0]
            keys |= {event for link in links if link != "https://requests.meridian.example/"}
            if KINDS[event].to in {Audience.HOLDER, Audience.AGENCY}:
                assert not links, event
            elif shown:
                assert links, (event, code)
    # A link in the words themselves: see docs/messages.md.
    assert all(LINK.search(render_sample(KINDS[event]).body_text) or len(KINDS[event].samples) > 1 for event in keys)
    mail = render_sample(KINDS["question_asked"])
    home = '<a href="https://requests.meridian.example/">requests.meridian.example</a>'
    assert home in mail.body_html
    assert "https://" not in mail.body_text


def test_a_digest_is_in_one_language():
    mail = render_sample(KINDS["digest"], language="de")
    assert render_sample(KINDS["review_started"], language="de").subject in " ".join(mail.body_text.split())


def test_french_has_one_kind_of_apostrophe():
    wrong = [path.name for path in (TEMPLATES / "mail/fr").glob("*.txt")
             if "'" in re.sub(r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}", "", path.read_text())]  # fmt: skip
    assert wrong == []


@pytest.mark.parametrize(("hour", "said"), [(0, "(00:30 UTC)"), (1, "(01:30 UTC)")])
def test_the_hour_that_comes_twice_is_told_apart_by_utc(hour, said):
    night = datetime(2026, 10, 25, hour, 30, tzinfo=UTC)
    assert written(night, zone="Europe/Berlin") == f"25 Oct 2026, 02:30 Berlin time {said}"


def test_the_headers_say_who_writes_when_and_in_which_language():
    row = OutboundMessage(
        subject="[MX-26-7K4Q9TX] Eine Rückfrage an Sie", body_text="Größe", body_html="<p>Größe</p>", language="de",
        to_address="k@agency.example", message_id="<one@requests.meridian.example>", created_at=FIRST,
    )  # fmt: skip
    first, second = (message_from_bytes(as_email(row).message().as_bytes(), policy=policy.default) for _ in range(2))
    assert first["Message-ID"] == second["Message-ID"] == "<one@requests.meridian.example>"
    assert first["Date"].datetime == FIRST
    assert (first["Auto-Submitted"], first["Content-Language"]) == ("auto-generated", "de")
    assert first["Subject"] == "[MX-26-7K4Q9TX] Eine Rückfrage an Sie"
    assert [part.get_content_type() for part in first.iter_parts()] == ["text/plain", "text/html"]
