"""Prepared texts: which one is chosen, what is filled in, and who may change them."""

import json
from datetime import UTC, datetime

import pytest

from foundation.audit.models import AuditEvent
from foundation.core.errors import Incomplete, NotAllowed, Stale
from requests_app.enums import RefusalCode, TextPurpose
from requests_app.models import TextTemplate
from requests_app.services import prepared, templates
from tests.factories import request_at
from tests.people import make_provider, make_staff

pytestmark = pytest.mark.django_db

AT = datetime(2026, 11, 18, 14, 20, tzinfo=UTC)
LANGUAGES = {"en", "de", "fr", "es", "pt-br"}


@pytest.fixture
def provider():
    provider = make_provider()
    prepared.load(provider, by=None, at=AT)
    return provider


def test_every_shipped_text_is_there_in_every_language_and_names_only_what_is_filled_in():
    texts = prepared.shipped()
    kinds = {(purpose, code) for purpose, code, country, _language in texts if not country}
    assert {language for *_rest, language in texts} == LANGUAGES
    for purpose, code in kinds:
        assert {key[3] for key in texts if key[:3] == (purpose, code, "")} == LANGUAGES, (purpose, code)
    assert {code for purpose, code in kinds if purpose == TextPurpose.REFUSE} >= set(RefusalCode.values)
    assert {country for *_rest, country, _language in texts} >= {"", "US", "DE", "FR", "IN", "BR", "SG", "CH", "GB"}
    for (purpose, *_rest), (name, text) in texts.items():
        templates.refuse_unknown(text, purpose)
        assert name
        assert text
        assert "\u2014" not in text


def test_loading_twice_adds_nothing_and_leaves_what_the_company_changed(provider):
    row = templates.choose(provider, TextPurpose.REFUSE, "dates")
    templates.change(row, name=row.name, about=row.about, text="Our own.", version=0, by=make_staff("approver"), at=AT)

    assert prepared.load(provider, by=None, at=AT) == 0
    row.refresh_from_db()
    assert row.text == "Our own."


@pytest.mark.parametrize(
    ("about", "country", "language", "found"),
    [
        ("mla", "DE", "de", ("mla", "DE", "de")),
        ("mla", "DE", "fr", ("mla", "DE", "en")),  # the country's words come before the language
        ("mla", "NO", "fr", ("mla", "", "fr")),
        ("mla", "BR", "pt", ("mla", "BR", "pt-br")),
        ("mla", "CH", "fr-CH", ("mla", "CH", "fr")),
        ("national", "IN", "hi", ("national", "IN", "en")),
        ("nothing", "US", "en", None),
    ],
)
def test_the_text_of_the_channel_then_the_country_then_the_language_is_chosen(
    provider, about, country, language, found
):
    row = templates.choose(provider, TextPurpose.REDIRECT, about, country, language)
    assert (row and (row.about, row.jurisdiction, row.language)) == found


def test_a_check_without_a_text_of_its_own_gets_the_general_one_and_a_retired_one_is_not_offered(provider):
    assert templates.choose(provider, TextPurpose.QUESTION, "unheard_of", "NO", "de").code == "general"
    dates = templates.choose(provider, TextPurpose.QUESTION, "dates", "NO", "de")
    templates.retire(dates, version=0, by=make_staff("approver"), at=AT)
    again = templates.choose(provider, TextPurpose.QUESTION, "dates", "NO", "de")
    assert (again.code, again.language) == ("dates", "en")


def test_filling_in_is_plain_and_the_day_is_in_the_words_of_the_language():
    data_request = request_at("in_review", at=AT)
    data_request.agency.name = "{company} <b>Polizei</b>"
    text = "{agency} wrote {reference} to {company}. Bis {due}. {unknown}"

    words = templates.fill(text, data_request, due=datetime(2026, 12, 2, 17, tzinfo=UTC), language="de")

    assert words == (
        f"{{company}} <b>Polizei</b> wrote {data_request.reference} to {data_request.provider.name}. "
        "Bis 2. Dezember 2026 (UTC). {unknown}"
    )


@pytest.mark.parametrize(
    ("text", "purpose"),
    [
        ("Dear {officer}", "question"),
        ("{reference.__class__}", "question"),
        ("By {due}", "refuse"),
        ("{{reference}}", "question"),
        ("a } b", "question"),
    ],
)
def test_other_placeholders_are_refused(text, purpose):
    with pytest.raises(templates.UnknownPlaceholder):
        templates.refuse_unknown(text, purpose)


def test_a_stale_save_is_refused_and_both_texts_stand_in_the_trail(provider):
    approver = make_staff("approver")
    row = templates.choose(provider, TextPurpose.REFUSE, "dates")
    before = row.text
    templates.change(row, name=row.name, about=row.about, text="First.", version=0, by=approver, at=AT)

    with pytest.raises(Stale):
        templates.change(row, name=row.name, about=row.about, text="Second.", version=0, by=approver, at=AT)

    event = AuditEvent.objects.get(action="text.changed")
    assert json.loads(bytes(event.payload))["data"]["changes"]["text"] == [before, "First."]
    assert TextTemplate.objects.get(pk=row.pk).text == "First."


def test_only_approvers_and_administrators_of_the_company_change_texts(provider):
    said = {"purpose": "question", "name": "Seal", "about": "", "jurisdiction": "", "language": "en", "text": "Seal?"}
    other = make_provider(slug="other", reference_prefix="OT", name="Other", calendar=provider.calendar,
                          emergency_phone="1")  # fmt: skip
    for stranger in (make_staff("analyst"), make_staff("auditor"), make_staff("approver", provider=other)):
        with pytest.raises(NotAllowed):
            templates.add(provider, said, by=stranger, at=AT)

    row = templates.add(provider, said, by=make_staff("administrator"), at=AT)
    assert row.code == "seal"
    with pytest.raises(Incomplete):
        templates.add(provider, said | {"code": "seal"}, by=make_staff("approver"), at=AT)
