"""Receipts of officers: each holds what was received, and its proof can be checked without us."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.enums import ReceiptKind
from accounts.models import FilingReceipt
from accounts.services import receipts
from foundation.audit.models import AuditEvent
from foundation.audit.sealing import seal
from preservation.services import extensions, life
from preservation.services.partial import release_some
from requests_app.models import EmergencyCase
from requests_app.services import amendments, appeals, emergency_settling, followers, intake, questions
from tests.accounts.checked_alone import checked, kept
from tests.accounts.helpers import page, words
from tests.factories import clean_pdf, request_at
from tests.people import client_for, make_agency, make_officer, make_staff
from tests.preservation.holds import extension_of, hold_of
from tests.requests_app.emergencies.aftermath import paper, released_emergency

pytestmark = pytest.mark.django_db
IDENTIFIER = ("email", "leak.target@mail.example")


def sent_request(**columns):
    draft = request_at("draft", identifiers=(IDENTIFIER,), facts="The ledger was found.", **columns)
    return intake.submit(draft, version=draft.lock_version, declared=True, by=draft.officer)


def seal_now() -> None:
    """Seal what this test wrote, although its transaction has not ended."""
    assert seal(after_restore=True)


def proof_of(client, path: str, kind: str):
    """The address of the newest receipt of a kind."""
    rows = page(client.get(path)).select("tbody tr")
    (row,) = [row for row in rows if kind in row.th.get_text()][:1]
    return row.select_one("a")["href"]


def test_each_receipt_is_proven_by_a_stranger(tmp_path):
    data_request = sent_request()
    question = request_at("awaiting_officer", officer=data_request.officer).clarifications.get()
    questions.answer(
        question, text="It is the first one.", documents=[clean_pdf(question.asked_by)], by=data_request.officer
    )
    hold = hold_of(data_request.officer, at=timezone.now() - timedelta(days=70))
    extension = extension_of(hold, at=timezone.now())
    client = client_for(data_request.officer)
    lists = {
        "Request received": f"/requests/{data_request.reference}/receipts/",
        "Answer received": f"/requests/{question.data_request.reference}/receipts/",
        "Preservation request received": f"/holds/{hold.reference}/receipts/",
        "Request for more time received": f"/holds/{hold.reference}/receipts/",
    }
    for path in lists.values():
        assert "Will be ready within a minute" in words(client.get(path))
    early = FilingReceipt.objects.get(object_id=str(data_request.pk), kind="request")
    assert client.get(f"{lists['Request received']}{early.uid}.json").headers["Location"] == lists["Request received"]
    seal_now()
    for kind, path in lists.items():
        answer = client.get(proof_of(client, path, kind))
        assert answer["Cache-Control"] == "private, no-store"
        code, told = checked(kept(tmp_path, answer))
        assert (code, "Everything is as it was written." in told) == (0, True), told
        entry = json.loads(answer.json()["entries"][0]["entry"])
        assert not any(entry[name] for name in ("actor_id", "actor_label", "ip", "session", "request_id", "reason"))
        assert IDENTIFIER[1] not in json.dumps(entry)
    assert extension.reason in json.loads(answer.json()["received"])["reason"]
    assert AuditEvent.objects.filter(action="receipt.proof_taken").count() == len(lists)


def test_a_receipt_names_the_files_and_a_changed_word_is_found(tmp_path):
    data_request = sent_request()
    document = data_request.documents.first().document
    seal_now()
    client = client_for(data_request.officer)
    answer = client.get(proof_of(client, f"/requests/{data_request.reference}/receipts/", "Request received"))
    told = json.loads(answer.json()["received"])
    assert [each["sha256"] for each in told["files"]] == [document.sha256]
    assert told["identifiers"]["lines"] == [" ".join(IDENTIFIER)]
    path = kept(tmp_path, answer)
    (tmp_path / "other.pdf").write_bytes(b"something else")
    assert checked(path, tmp_path / "other.pdf")[0] == 1
    assert checked(path, key="ab" * 32)[0] == 1
    proof = answer.json()
    for changed in (
        proof | {"received": proof["received"].replace("ledger", "letter")},
        proof | {"received": json.dumps(told | {"nonce": ""})},
        proof | {"entries": [proof["entries"][0] | {"position": proof["entries"][0]["position"] + 1}]},
        proof
        | {"entries": [proof["entries"][0] | {"entry": proof["entries"][0]["entry"].replace("request", "reqeust")}]},
    ):
        path.write_text(json.dumps(changed))
        assert checked(path)[0] == 1


def test_a_long_list_comes_in_pages(monkeypatch):
    monkeypatch.setattr(receipts, "PAGE", 2)
    sent = sent_request()
    for number in range(3):
        amendments.add_facts(sent, text=f"Fact {number}.", by=sent.officer)
    client, path = client_for(sent.officer), f"/requests/{sent.reference}/receipts/"
    first = page(client.get(path))
    kinds = [row.th.get_text() for row in first.select("tbody tr")]
    assert kinds == ["Change received"] * 2
    (older,) = [link["href"] for link in first.select("a") if link["href"].startswith("?before=")]
    second = [row.th.get_text() for row in page(client.get(path + older)).select("tbody tr")]
    assert second == ["Change received", "Request received"]
    assert len(page(client.get(path + "?before=x")).select("tbody tr")) == 2


def test_pressing_twice_gives_one_receipt():
    data_request = sent_request()
    intake.submit(data_request, version=data_request.lock_version, declared=True, by=data_request.officer)
    hold = hold_of(data_request.officer, at=timezone.now() - timedelta(days=70))
    for _twice in range(2):
        extensions.ask(hold, reason="A court decides", by=hold.officer)
    assert sorted(FilingReceipt.objects.values_list("kind", flat=True)) == ["extension", "hold", "request"]
    assert AuditEvent.objects.filter(action="receipt.issued", actor_kind="system", ip="", session="").count() == 3


def test_changes_appeals_and_withdrawals_have_receipts_with_their_words(tmp_path):
    sent = sent_request()
    amendments.add_facts(sent, text="The witness spoke again.", by=sent.officer)
    intake.withdraw(sent, reason="No longer needed", by=sent.officer)
    intake.withdraw(sent, reason="Twice", by=sent.officer)
    refused = request_at("refused")
    appeals.appeal(refused, text="Look at page 3.", by=refused.officer)
    seal_now()
    for kind, row, said in (
        ("Change received", sent, "The witness spoke again."),
        ("Withdrawal received", sent, "No longer needed"),
        ("Appeal received", refused, "Look at page 3."),
    ):
        client = client_for(row.officer)
        answer = client.get(proof_of(client, f"/requests/{row.reference}/receipts/", kind))
        assert said in answer.json()["received"]
        assert checked(kept(tmp_path, answer))[0] == 0
    assert not FilingReceipt.objects.filter(words__contains="Twice").exists()


def test_a_release_of_a_hold_and_what_follows_an_emergency_have_receipts_of_what_the_officer_sent(tmp_path):
    hold = hold_of(make_officer(), identifiers=(("uid", "48213377"), ("email", "a@mail.example")))
    first = hold.identifiers.order_by("pk").first()
    release_some(hold, [first], reason="It was somebody else.", by=hold.officer)
    for _twice in range(2):
        life.release(hold, reason="The case is closed.", by=hold.officer)
    part, whole = FilingReceipt.objects.filter(kind="release").order_by("pk")
    said = [json.loads(row.words) for row in (part, whole)]
    assert [row["whole"] for row in said] == [False, True]
    assert [row["reason"] for row in said] == ["It was somebody else.", "The case is closed."]
    assert [row["identifiers"]["lines"] for row in said] == [["uid 48213377"], ["email a@mail.example"]]
    emergency = released_emergency()
    word = {"upload": paper("word.pdf"), "supervisor": "Chief Inspector K. Aas"}
    emergency_settling.send(emergency, word, how="statement", by=emergency.officer)
    seal_now()
    for path, kind, officer, text in (
        (f"/holds/{hold.reference}/receipts/", "Release of a hold received", hold.officer, "The case is closed."),
        (f"/requests/{emergency.reference}/receipts/", "Papers after an emergency", emergency.officer, "K. Aas"),
    ):
        client = client_for(officer)
        answer = client.get(proof_of(client, path, kind))
        assert text in answer.json()["received"]
        assert checked(kept(tmp_path, answer))[0] == 0
    document = EmergencyCase.objects.get(data_request=emergency).document
    assert document.sha256 in FilingReceipt.objects.get(kind="afterwards").words


def test_staff_who_release_a_part_of_a_hold_get_no_receipt_for_it():
    officer = make_officer()
    hold = hold_of(
        officer, identifiers=(("uid", "48213377"), ("email", "a@mail.example")), at=timezone.now() - timedelta(days=70)
    )
    release_some(hold, [hold.identifiers.first()], reason="By law.", by=make_staff("preservation_admin"))
    assert not FilingReceipt.objects.filter(kind="release").exists()


def test_the_words_go_when_their_time_is_over_and_their_hash_stays(settings):
    """No case text stays for ever in a receipt; SEC-20."""
    at, settings.RECEIPT_DAYS = timezone.now(), 100
    data_request = sent_request()
    young = receipts.issue(
        ReceiptKind.ANSWER, data_request, reference=data_request.reference, facts={}, by=data_request.officer
    )
    old = FilingReceipt.objects.get(kind="request")
    FilingReceipt.objects.filter(pk=old.pk).update(issued_at=at - timedelta(days=100))
    assert [receipts.forget_old(at=at), receipts.forget_old(at=at)] == [1, 0]
    assert list(FilingReceipt.objects.all()) == [young]
    told = AuditEvent.objects.get(action="receipt.words_deleted")
    assert (told.object_id, told.actor_kind) == (str(data_request.pk), "system")
    assert "words_sha256" in bytes(AuditEvent.objects.get(pk=old.entry).payload).decode()


def test_strangers_colleagues_and_other_agencies_find_no_receipt():
    data_request = sent_request()
    hold = hold_of(data_request.officer)
    seal_now()
    rows = {row.kind: row for row in FilingReceipt.objects.all()}
    paths = [
        f"/requests/{data_request.reference}/receipts/",
        f"/requests/{data_request.reference}/receipts/{rows['request'].uid}.json",
        f"/holds/{hold.reference}/receipts/",
        f"/holds/{hold.reference}/receipts/{rows['hold'].uid}.json",
    ]
    colleague = make_officer(agency=data_request.agency)
    other = make_officer(agency=make_agency())
    for person in (colleague, other):
        assert [client_for(person).get(path).status_code for path in paths] == [404] * 4
    owner = client_for(data_request.officer)
    assert [owner.get(path).status_code for path in paths] == [200] * 4
    # A receipt of one thing is not found under another.
    assert owner.get(f"/requests/{data_request.reference}/receipts/{rows['hold'].uid}.json").status_code == 404


def test_a_follower_of_another_agency_has_the_receipts_of_own_downloads_alone():
    data_request = request_at("in_review")
    guest = make_officer(agency=make_agency("Sundby Police"))
    asked = followers.ask(data_request, email=guest.email, ground="Order, page 2", by=data_request.officer)
    followers.agree(asked, reason="The order says so.", by=data_request.assignee)
    facts = {"facts": "The ledger was found."}
    mine, filed, others = (
        receipts.issue(kind, data_request, reference=data_request.reference, facts=facts, by=by)
        for kind, by in (
            (ReceiptKind.DOWNLOAD, guest),
            (ReceiptKind.REQUEST, data_request.officer),
            (ReceiptKind.DOWNLOAD, data_request.officer),
        )
    )
    seal_now()
    path, client = f"/requests/{data_request.reference}/receipts/", client_for(guest)
    told = words(client.get(path))
    assert ("File downloaded" in told, "Request received" in told) == (True, False)
    answers = [client.get(f"{path}{row.uid}.json").status_code for row in (mine, filed, others)]
    assert answers == [200, 404, 404]
