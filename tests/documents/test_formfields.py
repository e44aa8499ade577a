"""File fields: what came before is taken with what comes now, a refused file takes no other with it."""

from uuid import uuid4

import pytest
from bs4 import BeautifulSoup
from django import forms
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import RequestFactory
from django.utils.datastructures import MultiValueDict

from accounts.uploads import limit_of
from foundation.core.forms import PortalForm
from foundation.documents import services as documents
from foundation.documents.filetypes import JPEG, PDF, PNG
from foundation.documents.formfields import TakesUploads, UploadField, UploadsField
from foundation.documents.models import Document, Upload
from foundation.documents.services import resumable
from tests.documents.files import make_image, make_pdf
from tests.documents.test_resumable import begin, send
from tests.people import make_user

LIMIT = 5 * 1024 * 1024


class CaseForm(TakesUploads, PortalForm):
    case = forms.CharField()
    uploads = UploadsField(label="Files")


class CardForm(TakesUploads, PortalForm):
    card = UploadField(label="Your card", required=False, kinds=(PDF, PNG, JPEG))


@pytest.fixture
def person(db):
    user = make_user()
    user.is_verified = lambda: True
    return user


def posted(person, *files: SimpleUploadedFile, field: str = "uploads", sent=(), form=CaseForm, **fields):
    data = fields | ({field: list(files)} if files else {}) | {f"{field}_sent": [str(uid) for uid in sent]}
    request = RequestFactory().post("/", data)
    request.user = person
    assert limit_of(request)
    return form(request.POST, request.FILES, user=person)


def pdf(name: str = "order.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, make_pdf())


def in_pieces(person, name: str = "scan.pdf") -> Document:
    data = make_pdf() + b"\n%" + b"x" * 1_200_000
    return send(begin(person, data, name), person, 0, data).document


def drawn(form) -> list[str]:
    page = BeautifulSoup(str(form["uploads"]), "html.parser")
    assert page.select_one("input[type=file]")["name"] == "uploads"
    return [box["value"] for box in page.select("[data-sent=uploads_sent] input[type=checkbox][checked]")]


def test_files_that_came_before_and_files_that_come_now(person):
    before = in_pieces(person)
    form = posted(person, pdf(), sent=[before.uid], case="7")
    assert form.is_valid(), form.errors
    names = [upload.name for upload in form.cleaned_data["uploads"]]
    assert names == ["scan.pdf", "order.pdf"]
    for upload in form.cleaned_data["uploads"]:
        documents.receive(upload, filename=upload.name, purpose="order", by=person, limit=LIMIT)
    assert not Document.objects.staged(person).exists()


def test_a_form_that_is_refused_for_another_reason_keeps_its_files(person):
    before = in_pieces(person)
    form = posted(person, pdf(), sent=[before.uid])
    assert list(form.errors) == ["case"]
    new = Document.objects.get(filename="order.pdf")
    assert new.uploaded_by == person
    assert drawn(form) == [str(before.uid), str(new.uid)]
    again = posted(person, sent=drawn(form), case="7")
    assert again.is_valid(), again.errors
    assert [upload.name for upload in again.cleaned_data["uploads"]] == ["scan.pdf", "order.pdf"]


def test_each_refused_file_gets_its_own_sentence_and_the_others_stay(person, settings):
    settings.UPLOAD_LIMIT_OFFICER = 2_000_000
    good, big, wrong = pdf("good.pdf"), SimpleUploadedFile("big.pdf", make_pdf() + b" " * 2_500_000), None
    wrong = SimpleUploadedFile("picture.png", make_pdf())
    form = posted(person, SimpleUploadedFile("tool.exe", b"MZ"), big, good, wrong, case="7")
    assert not form.is_valid()
    said = form.errors["uploads"]
    assert [one.split(" ")[0] for one in said] == ["tool.exe", "big.pdf", "picture.png"]
    assert "is not a kind of file we take" in said[0]
    assert "is larger than 1.9\xa0MB" in said[1]
    assert "its content is something else" in said[2]
    assert [row.filename for row in Document.objects.filter(uid__in=drawn(form))] == ["good.pdf"]
    assert Document.objects.count() == 1, "what was refused is gone"


def test_an_empty_file(person):
    form = posted(person, SimpleUploadedFile("order.pdf", b""), pdf("good.pdf"), case="7")
    assert form.errors["uploads"] == ["order.pdf is empty."]
    assert len(drawn(form)) == 1


def test_somebody_elses_file_is_not_taken_and_not_drawn(person):
    other = in_pieces(make_user())
    form = posted(person, sent=[other.uid], case="7")
    assert not form.is_valid()
    assert "is not there any more" in form.errors["uploads"][0]
    assert drawn(form) == []
    assert "scan.pdf" not in str(form)


@pytest.mark.parametrize("uid", [uuid4, lambda: "x'; --", lambda: "0" * 5000])
def test_a_number_that_is_no_file(person, uid):
    form = posted(person, sent=[uid()], case="7")
    assert "is not there any more" in form.errors["uploads"][0]
    assert drawn(form) == []


def test_a_file_that_a_form_has_taken_is_not_taken_twice(person):
    before = in_pieces(person)
    first = posted(person, sent=[before.uid], case="7")
    assert first.is_valid()
    documents.receive(first.cleaned_data["uploads"][0], filename="a.pdf", purpose="order", by=person, limit=LIMIT)
    lost = in_pieces(person, "lost.pdf"), in_pieces(person, "gone.pdf")
    [resumable.give_up(document.uid, by=person) for document in lost]
    second = posted(person, sent=[before.uid], case="7")
    assert second.errors["uploads"] == ["a.pdf is not there any more: it was sent already"]
    both = posted(person, sent=[before.uid, *(document.uid for document in lost)], case="7").errors["uploads"]
    assert both[0] == second.errors["uploads"][0]
    assert both[1].startswith("2 files that were in the list are not there any more")
    stranger = make_user()
    stranger.is_verified = lambda: True
    assert "a.pdf" not in str(posted(stranger, sent=[before.uid], case="7").errors)


def test_a_file_that_is_still_being_measured_waits_in_the_list(person):
    before = in_pieces(person)
    Document.objects.filter(pk=before.pk).update(sha256="")
    form = posted(person, sent=[before.uid], case="7")
    assert form.errors["uploads"] == ["scan.pdf is still being measured. Send the form again in a moment"]
    assert drawn(form) == [str(before.uid)]


def test_half_a_file_is_no_file(person):
    upload = resumable.create(filename="half.pdf", length=3_000_000, by=person, limit=LIMIT)
    form = posted(person, sent=[upload.document.uid], case="7")
    assert form.errors["uploads"] == ["half.pdf has not arrived whole. Choose it again"]
    assert drawn(form) == []


def test_the_limit_is_said_before_a_file_is_chosen(person, settings):
    assert "25\xa0MB" in str(CaseForm(user=person)["uploads"].help_text)
    settings.UPLOAD_LIMIT_OFFICER = 7 * 1024 * 1024
    page = str(CaseForm(user=person)["uploads"])
    assert "7\xa0MB" in str(CaseForm(user=person)["uploads"].help_text)
    assert 'data-uploads-limit="7340032"' in page
    assert CaseForm({}, {}, user=person).errors["uploads"] == ["Files: choose a file"]


def test_one_file(person):
    first = in_pieces(person)
    form = posted(person, field="card", sent=[first.uid], form=CardForm)
    assert form.is_valid()
    assert form.cleaned_data["card"].document == first
    newer = posted(person, pdf("new.pdf"), field="card", sent=[first.uid], form=CardForm)
    assert newer.is_valid()
    assert newer.cleaned_data["card"].name == "new.pdf"
    assert CardForm({}, {}, user=person).is_valid()
    assert (
        CardForm({}, MultiValueDict(), user=person).fields["card"].help_text
        == "One file: PDF, PNG or JPEG, up to 25\xa0MB"
    )


def test_two_files_where_one_is_taken(person):
    first, second = in_pieces(person, "one.pdf"), in_pieces(person, "two.pdf")
    form = posted(person, field="card", sent=[first.uid, second.uid, first.uid], form=CardForm)
    assert form.errors["card"] == ["One file is taken here, and 2 were sent. Leave one in the list"]
    assert "one.pdf" in str(form["card"])
    assert "two.pdf" in str(form["card"])
    assert posted(person, field="card", sent=[first.uid, first.uid], form=CardForm).is_valid()


def test_nobody_is_told_to_split_the_one_file(person, settings):
    settings.UPLOAD_LIMIT_OFFICER = 2_000_000
    big = SimpleUploadedFile("big.pdf", make_pdf() + b" " * 2_500_000)
    form = posted(person, big, field="card", form=CardForm)
    assert form.errors["card"] == ["big.pdf is larger than 1.9\xa0MB. Make it smaller."]
    assert "split" not in str(CardForm(user=person)["card"])
    assert "split" in str(CaseForm(user=person)["uploads"])


def test_a_file_that_arrived_beside_a_refused_one_is_said_to_be_not_added(person):
    page = str(posted(person, pdf("good.pdf"), SimpleUploadedFile("tool.exe", b"MZ"), case="7")["uploads"])
    assert "Arrived, not added yet: it is added when you send this form." in page


@pytest.mark.parametrize("name", [".pdf", "order"])
def test_a_name_without_an_ending(person, name):
    form = posted(person, SimpleUploadedFile(name, make_pdf()), case="7")
    assert "Give the file a name with an ending, like order.pdf." in form.errors["uploads"][0]


def test_a_kind_that_this_field_does_not_take(person):
    form = posted(person, SimpleUploadedFile("list.csv", b"a,b\n1,2\n"), field="card", form=CardForm)
    assert form.errors["card"] == ["list.csv: send a PDF, PNG or JPEG file"]
    assert not Document.objects.exists()
    image = posted(person, SimpleUploadedFile("card.png", make_image()), field="card", form=CardForm)
    assert image.is_valid()


def test_names_of_files_are_drawn_as_text(person):
    form = posted(person, pdf('<img src=x onerror="alert(1)">.pdf'))
    assert "<img" not in str(form["uploads"])
    assert len(drawn(form)) == 1
    assert Upload.objects.count() == 0
