"""What stands in a mail is read with limits, kept once, and trusted by nobody."""

import pytest

from accounts.enums import AddressVerdict
from accounts.models import AgencyDomain
from foundation.audit.trail import entries_for
from foundation.core.errors import NotAllowed, TransitionRefused
from requests_app.enums import Channel, IncomingStatus
from requests_app.models import DataRequest, IncomingMessage
from requests_app.services import incoming
from requests_app.services.mail_reading import MOST_FILES, read_mail
from tests.factories import request_at
from tests.people import make_agency, make_provider, make_staff
from tests.requests_app.channels.mails import encrypted, mail, order_pdf


def test_words_of_the_mail_and_of_a_mail_inside_it_are_read_as_text():
    inner = mail(message_id="<0@x.example>", text="The first mail.", files=(order_pdf(),))
    found = read_mail(mail(text="See below.", inside=inner).as_bytes())
    assert found.text == "See below.\n\nForwarded in it:\n\nThe first mail."
    assert [item.filename for item in found.attachments] == ["order.pdf"]
    assert found.sender == "kari@nordvik-police.example"
    assert "spf=fail" in found.authentication


def test_html_becomes_text_without_scripts_links_or_pictures():
    raw = (
        b"From: a@b.example\nContent-Type: text/html\n\n<head><style>x{}</style></head><p>Hello <b>desk</b></p>"
        b'<script>alert(1)</script><a href="https://evil.example/x">Open it</a><img src="https://evil.example/p">'
    )
    text = read_mail(raw).text
    assert text == "Hello desk\nOpen it"


def test_what_nobody_can_read_is_named():
    files = (("winmail.dat", b"x"), ("run.exe", b"MZ"), *((f"{n}.pdf", b"%PDF-") for n in range(MOST_FILES + 1)))
    said = read_mail(mail(files=files).as_bytes()).problems
    assert [line.split(":")[0] for line in said] == ["winmail.dat", "run.exe", f"{MOST_FILES}.pdf"]
    assert "encrypted" in read_mail(encrypted().as_bytes()).problems[0]
    endless = b"Content-Type: multipart/mixed; boundary=a\n\n" + b"boundary" * 500
    assert read_mail(endless).problems


@pytest.mark.django_db
def test_a_mail_is_kept_once_and_nobody_hides_one_by_its_number():
    provider, analyst = make_provider(), make_staff()
    raw = mail(files=(order_pdf(),)).as_bytes()
    first, is_new = incoming.take_mail(raw, provider=provider, by=analyst)
    assert is_new
    assert first.attachments.count() == 1
    assert first.original.state == "pending"  # the document pipeline looks at it like at every upload
    assert incoming.take_mail(raw, provider=provider, by=None) == (first, False)
    other, is_new = incoming.take_mail(mail(text="Another one").as_bytes(), provider=provider, by=None)
    assert is_new
    assert other.pk != first.pk
    assert entries_for(first).filter(action="incoming.taken").count() == 1


@pytest.mark.django_db
def test_a_header_with_characters_that_nothing_stores_is_kept_without_them():
    raw = b"From: =?utf-8?q?Ka=00ri?= <k@x.example>\nDate: today\nSubject: =?utf-8?q?a=00b?=\n\nwo\x00rds"
    row, _new = incoming.take_mail(raw, provider=make_provider(), by=None)
    assert (row.subject, row.text) == ("a b", "words")


@pytest.mark.django_db
def test_the_sender_is_judged_and_a_look_alike_is_named():
    agency = make_agency(domain="nordvik-police.example")
    row = IncomingMessage(sender="kari@nordvik-police.example")
    assert incoming.sender_of(row).agency == agency
    found = incoming.sender_of(IncomingMessage(sender="kari@nordvik-pollce.example"))
    assert found.verdict != AddressVerdict.KNOWN_AGENCY
    assert found.like[0] == AgencyDomain.objects.get().domain


@pytest.mark.django_db
def test_a_mail_is_added_to_the_request_it_names_or_put_away_and_then_it_is_over():
    provider, analyst = make_provider(), make_staff()
    data_request = request_at("in_review", analyst=analyst)
    hidden = request_at("in_review", restricted=True)
    text = f"About {data_request.reference}, and {hidden.reference}."
    row, _new = incoming.take_mail(mail(text=text, files=(order_pdf(),)).as_bytes(), provider=provider, by=None)
    assert incoming.mentioned(row, analyst) == [data_request]
    before = data_request.documents.count()
    incoming.attach(row, data_request.reference, by=analyst)
    assert data_request.documents.count() == before + 2
    row.refresh_from_db()
    assert (row.status, row.data_request) == (IncomingStatus.ANSWER, data_request)
    other, _new = incoming.take_mail(mail(text="Once more").as_bytes(), provider=provider, by=None)
    DataRequest.objects.filter(pk=hidden.pk).update(restricted=False, channel=Channel.HISTORY)
    with pytest.raises(NotAllowed, match="brought over"):
        incoming.attach(other, hidden.reference, by=analyst)
    with pytest.raises(TransitionRefused):
        incoming.dismiss(row, reason="Spam", by=analyst)
    with pytest.raises(NotAllowed):
        incoming.dismiss(row, reason="Spam", by=make_staff("auditor"))


@pytest.mark.django_db
def test_a_message_of_a_hidden_request_is_hidden_with_it():
    provider, outsider = make_provider(), make_staff()
    hidden = request_at("in_review", restricted=True)
    row, _new = incoming.take_mail(mail().as_bytes(), provider=provider, by=None)
    assert incoming.visible(outsider).count() == 1
    IncomingMessage.objects.filter(pk=row.pk).update(data_request=hidden, status=IncomingStatus.ANSWER)
    assert not incoming.visible(outsider).exists()
    assert not incoming.visible(make_staff("approver")).exists()
    assert row.channel == Channel.EMAIL
