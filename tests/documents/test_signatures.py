"""Electronic signatures, made by real authorities and signers, and what the sandbox makes of what was done to them."""

import io
import re
from datetime import timedelta

import pikepdf
import pytest
import time_machine
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import MDPPerm
from pyhanko.sign.validation.dss import DocumentSecurityStore

from foundation.documents.inspection import read_signatures
from foundation.documents.sandbox.signatures import Verifier
from foundation.documents.signatures import mark_of, words_of
from tests.documents.files import make_pdf
from tests.documents.pki import NOW, YEAR, make_list, make_party, sign, updated, with_empty_field


@pytest.fixture(scope="module", autouse=True)
def _clock():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture(scope="module")
def root():
    return make_party("Nordvik Root", authority=True)


@pytest.fixture(scope="module")
def authority(root):
    return make_party("Nordvik Courts CA", root, authority=True)


@pytest.fixture(scope="module")
def judge(authority):
    return make_party("Ola Berg", authority)


@pytest.fixture(scope="module")
def signed(judge):
    return sign(make_pdf("Order", pages=2), judge)


@pytest.fixture
def read(tmp_path, root):
    """Judge a file in the sandbox, with the root as the only anchor unless others are given."""

    def _read(content, *anchors, at=NOW, trust=None):
        for number, anchor in enumerate(anchors or (root,)):
            (tmp_path / f"{number}.pem").write_bytes(anchor.pem)
        return read_signatures(io.BytesIO(content), trust=str(tmp_path) if trust is None else trust, at=at)

    return _read


@pytest.fixture
def state(read):
    def _state(content, *anchors, **kwargs):
        return [str(one["state"]) for one in read(content, *anchors, **kwargs).found]

    return _state


def with_text_field(content):
    with pikepdf.open(io.BytesIO(content)) as pdf:
        field = pdf.make_indirect(
            pikepdf.Dictionary(
                Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Widget, FT=pikepdf.Name.Tx, T="Note", V="",
                Rect=[72, 600, 300, 620], F=4, DA="/Helv 12 Tf 0 g",
            )
        )  # fmt: skip
        pdf.pages[0].Annots = pikepdf.Array([field])
        pdf.Root.AcroForm = pdf.make_indirect(pikepdf.Dictionary(Fields=[field], DA="/Helv 12 Tf 0 g"))
        target = io.BytesIO()
        pdf.save(target)
    return target.getvalue()


# Untouched -----------------------------------------------------------------------------------------------------------
def test_an_untouched_file_of_a_known_authority_is_trusted_and_its_facts_are_told(read, signed, judge):
    (found,) = read(signed).found
    assert found["state"] == "trusted"
    assert (found["signer"], found["issuer"]) == ("Ola Berg", "Nordvik Courts CA")
    assert found["organisation"] == "Republic of Nordvik"
    assert int(str(found["serial"]), 16) == judge.certificate.serial_number
    assert (found["coverage"], found["change"]) == ("file", "none")
    assert (found["claimed_at"], found["stamp"]) == (NOW.isoformat(), "")
    assert found["subfilter"] == "ETSI.CAdES.detached"
    words = words_of(found)
    assert (words.mark, words.result, words.who) == ("pass", "Valid, signer known", "Signed by Ola Berg")
    assert "asks nobody outside" in " ".join(words.sentences)


def test_an_anchor_may_be_the_intermediate_or_in_der(state, signed, authority, tmp_path, root):
    assert state(signed, authority) == ["trusted"]
    folder = tmp_path / "der"
    folder.mkdir()
    (folder / "root.crt").write_bytes(root.der)
    (folder / "notes.txt").write_text("not a certificate")
    (folder / "folder").mkdir()
    assert state(signed, trust=str(folder)) == ["trusted"]


def test_without_a_list_of_issuers_nobody_is_known(state, signed, tmp_path):
    assert state(signed, trust="") == ["no_trust_list"]
    assert state(signed, trust=str(tmp_path / "nothing")) == ["no_trust_list"]


def test_an_issuer_on_no_list_is_unknown(state, signed):
    assert state(signed, make_party("Other Root", authority=True)) == ["unknown_issuer"]


def test_whoever_signs_for_themselves_is_unknown_and_called_so(read):
    (found,) = read(sign(make_pdf(), make_party("Ola Berg"))).found
    assert (found["state"], found["self_signed"]) == ("unknown_issuer", True)
    assert "anybody can make one" in " ".join(words_of(found).sentences)


def test_a_root_of_the_same_name_with_another_key_is_not_trusted(state):
    forged = make_party("Ola Berg", make_party("Nordvik Root", authority=True))
    assert state(sign(make_pdf(), forged, roots=True)) == ["unknown_issuer"]


# Changed -------------------------------------------------------------------------------------------------------------
def test_one_changed_byte_breaks_it(state, signed):
    place = signed.index(b"/MediaBox") + len(b"/MediaBox [ 0 0 5")
    assert state(signed[:place] + b"8" + signed[place + 1 :]) == ["broken"]


def test_an_added_page_is_a_change(read, signed):
    def add(writer):
        other = PdfFileReader(io.BytesIO(make_pdf("Another")))
        page = writer.import_object(other.root["/Pages"]["/Kids"][0].get_object(), obj_stream=None)
        page["/Parent"] = writer.root.raw_get("/Pages")
        pages = writer.root["/Pages"]
        pages["/Kids"].append(writer.add_object(page))
        pages["/Count"] = type(pages["/Count"])(int(pages["/Count"]) + 1)
        writer.update_container(pages)
        writer.update_container(pages["/Kids"])

    (found,) = read(updated(signed, add)).found
    assert (found["state"], found["coverage"], found["change"]) == ("changed", "revision", "other")
    assert mark_of(found) == "fail"


def test_an_added_note_is_a_change(state, signed):
    content = io.BytesIO(signed)
    writer = IncrementalPdfFileWriter(content, strict=False)
    page_ref, _resources = writer.find_page_for_modification(0)
    page = page_ref.get_object()
    from pyhanko.pdf_utils import generic  # noqa: PLC0415 - only here

    note = generic.DictionaryObject(
        {
            generic.pdf_name("/Type"): generic.pdf_name("/Annot"),
            generic.pdf_name("/Subtype"): generic.pdf_name("/FreeText"),
            generic.pdf_name("/Rect"): generic.ArrayObject(map(generic.NumberObject, (10, 10, 200, 50))),
            generic.pdf_name("/Contents"): generic.pdf_string("and all other accounts"),
        }
    )
    notes = page.get("/Annots", generic.ArrayObject())
    page[generic.pdf_name("/Annots")] = generic.ArrayObject([*notes, writer.add_object(note)])
    writer.update_container(page)
    target = io.BytesIO()
    writer.write(target)
    assert state(target.getvalue()) == ["changed"]


def test_bytes_behind_the_end_are_a_change_and_a_line_end_is_none(state, signed):
    assert state(signed + b"\n%added\n") == ["changed"]
    assert state(signed + b"\r\n") == ["trusted"]


def test_a_form_that_was_filled_in_is_allowed_and_worth_a_look(read, judge):
    def fill(writer):
        field = writer.root["/AcroForm"]["/Fields"][0]
        from pyhanko.pdf_utils import generic  # noqa: PLC0415 - only here

        field[generic.pdf_name("/V")] = generic.pdf_string("two more accounts")
        writer.update_container(field)

    content = sign(with_text_field(make_pdf()), judge)
    (found,) = read(updated(content, fill)).found
    assert (found["state"], found["change"]) == ("trusted", "form")
    assert mark_of(found) == "warn"
    sealed = sign(with_text_field(make_pdf()), judge, certify=MDPPerm.NO_CHANGES)
    (found,) = read(updated(sealed, fill)).found
    assert (found["state"], found["certified"]) == ("changed", "no_changes")


def test_two_people_sign_one_after_the_other(read, signed, authority):
    clerk = make_party("Kari Vik", authority)
    first, second = read(sign(signed, clerk, field_name="Signature2")).found
    assert [first["signer"], second["signer"]] == ["Ola Berg", "Kari Vik"]
    assert [first["state"], second["state"]] == ["trusted", "trusted"]
    assert [first["change"], second["change"]] == ["signatures", "none"]
    assert mark_of(first) == "pass"


def test_a_certified_file_stays_valid_and_says_what_it_allows(read, judge):
    (found,) = read(sign(make_pdf(), judge, certify=MDPPerm.FILL_FORMS)).found
    assert (found["state"], found["certified"]) == ("trusted", "fill_forms")


def wrapped(signed):
    """Hide a catalog of one's own in the gap of a signature, where the signed end of the file looks for its table.

    The signed bytes are untouched and hashed as they were: only the gap between them grew (signature wrapping).
    """
    reach = re.search(rb"/ByteRange \[(\d+) (\d+) (\d+) (\d+)\s*\]", signed)
    _start, first, second, rest = (int(number) for number in reach.groups())
    previous, table_at = (int(place) for place in re.findall(rb"startxref\s+(\d+)", signed))
    with pikepdf.open(io.BytesIO(signed)) as pdf:
        pages = pdf.Root.Pages.objgen[0]
    size = 60_000
    bodies = [
        b"<</Type/Catalog/Pages %d 0 R/AcroForm<</SigFlags 3/Fields[901 0 R]>>/Evil true>>" % pages,
        b"<</FT/Sig/T(Signature1)/V 902 0 R>>",
        b"<</Type/Sig/Filter/Adobe.PPKLite/SubFilter/ETSI.CAdES.detached/ByteRange[0 %d %d %010d]/Contents %s>>"
        % (first, second + size, rest, signed[first:second]),
    ]
    objects = [b"%d 0 obj\n%s\nendobj\n" % (900 + number, body) for number, body in enumerate(bodies)]
    trailer = b"trailer\n<</Size 903/Root 900 0 R/Prev %d>>\n" % previous
    start = table_at + len(b"xref\n900 3\n") + 3 * 20 + len(trailer)
    places = [start + sum(map(len, objects[:number])) for number in range(3)]
    rows = b"".join(b"%010d 00000 n \n" % place for place in places)
    gap = b" " * (table_at - second) + b"xref\n900 3\n" + rows + trailer + b"".join(objects)
    return signed[:second] + gap.ljust(size) + signed[second:]


@pytest.mark.parametrize("longer", [0, 60_000])
def test_a_gap_that_hides_more_than_the_signature_is_broken(read, signed, longer):
    """With a range that ends behind the end of the file the lengths alone agree: pyHanko calls it the whole file."""
    content = wrapped(signed)
    with pikepdf.open(io.BytesIO(content)) as pdf:
        assert pdf.Root.Evil, "what is shown is the attacker's"
    rest = re.search(rb"ByteRange\[0 \d+ \d+ (\d+)\]", content)
    content = content.replace(rest[0], rest[0].replace(rest[1] + b"]", b"%010d]" % (int(rest[1]) + longer)))
    (found,) = read(content).found
    assert (found["state"], found["coverage"]) == ("broken", "part")


# Time ----------------------------------------------------------------------------------------------------------------
def test_a_certificate_that_had_run_out_or_was_not_valid_yet_fails(state, authority):
    late = make_party("Late", authority, start=NOW - 2 * YEAR, end=NOW - YEAR)
    early = make_party("Early", authority, start=NOW + YEAR)
    assert state(sign(make_pdf(), late)) == ["expired"]
    assert state(sign(make_pdf(), early)) == ["not_yet_valid"]


def test_a_certificate_that_ran_out_since_is_worth_a_look_without_a_time_stamp(read, judge, signed, root):
    later = NOW + 3 * YEAR
    (found,) = read(signed, at=later).found
    assert (found["state"], mark_of(found)) == ("expired_since", "warn")


def test_a_time_stamp_of_a_known_issuer_proves_when(read, judge, root):
    stamper = make_party("Stamps", root, rsa_bits=2048, stamper=True, usage="digital_signature", end=NOW + 9 * YEAR)
    content = sign(make_pdf(), judge, stamper=stamper)
    (found,) = read(content).found
    assert (found["state"], found["stamp"], found["stamped_at"]) == ("trusted", "trusted", NOW.isoformat())
    facts = dict(words_of(found).facts)
    assert facts["Time stamp"] == "21 Nov 2026, 12:00 UTC"
    stranger = make_party("S", make_party("X", authority=True), rsa_bits=2048, stamper=True, usage="digital_signature")
    (found,) = read(sign(make_pdf(), judge, stamper=stranger)).found
    assert (found["state"], found["stamp"]) == ("trusted", "unknown")
    assert "not on our list" in dict(words_of(found).facts)["Time stamp"]


def test_a_signing_time_in_the_future_is_worth_a_look(read, signed):
    (found,) = read(signed, at=NOW - timedelta(days=2)).found
    assert (found["ahead"], mark_of(found)) == (True, "warn")


def test_a_withdrawn_certificate_fails_where_the_file_holds_the_list(read, authority):
    known = make_party("Withdrawn", authority, lists=True)
    content = sign(make_pdf(), known)
    (found,) = read(content).found
    assert found["state"] == "trusted", "nobody outside is asked"
    target = io.BytesIO(content)
    before = NOW - timedelta(hours=1)
    DocumentSecurityStore.add_dss(target, sig_contents=None, crls=[make_list(authority, known, at=before)])
    (found,) = read(target.getvalue()).found
    assert (found["state"], found["change"]) == ("revoked", "archival")
    assert found["withdrawn_at"] == before.isoformat()
    (found,) = read(target.getvalue(), at=NOW + timedelta(days=60)).found
    assert found["state"] == "revoked", "an old list still says who was withdrawn"


# Methods -------------------------------------------------------------------------------------------------------------
def test_weak_methods_are_called_weak(state, authority):
    assert state(sign(make_pdf(), make_party("Old", authority, rsa_bits=1024))) == ["weak"]
    assert state(sign(make_pdf(), make_party("Sha", authority), digest="sha1", pades=False)) == ["weak"]


def test_a_certificate_for_something_else_is_unfit(state, authority):
    assert state(sign(make_pdf(), make_party("Web", authority, usage="key_agreement"))) == ["unfit"]
    assert state(sign(make_pdf(), make_party("Id", authority, usage="digital_signature"))) == ["trusted"]


def test_the_older_form_of_adobe_is_read(state, judge):
    assert state(sign(make_pdf(), judge, pades=False)) == ["trusted"]


# Malformed -----------------------------------------------------------------------------------------------------------
def test_a_place_for_a_signature_is_none(read):
    found = read(with_empty_field(make_pdf()))
    assert (found.found, found.empty) == ([], 1)


def garbled(signed, change):
    """Change what stands in /Contents."""
    gap = re.search(rb"/Contents <([0-9a-fA-F]+)>", signed)
    inner = change(gap[1])
    assert len(inner) == len(gap[1])
    return signed[: gap.start(1)] + inner + signed[gap.end(1) :]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda inner: b"0" * len(inner), "unreadable"),
        (lambda inner: b"f" * len(inner), "unreadable"),
        (lambda inner: inner[:200] + b"0" * (len(inner) - 200), "unreadable"),
        (lambda inner: b"3080" * (len(inner) // 4) + b"0" * (len(inner) % 4), "unreadable"),
    ],
)
def test_garbage_in_place_of_a_signature_is_no_signature(read, signed, change, expected):
    (found,) = read(garbled(signed, change)).found
    assert (found["state"], mark_of(found)) == (expected, "fail")


def test_every_byte_of_a_signature_may_be_wrong_and_nothing_breaks(signed, root):
    """The judge itself, without a process for each of some hundred cases: it never raises, and never trusts."""
    verifier = Verifier([root.asn1], NOW)
    gap = re.search(rb"/Contents <([0-9a-fA-F]+)>", signed)
    used = len(gap[1].rstrip(b"0"))
    for place in range(gap.start(1), gap.start(1) + used, 31):
        wrong = signed[:place] + (b"0" if signed[place : place + 1] != b"0" else b"7") + signed[place + 1 :]
        (found,) = verifier.read(wrong)["signatures"]
        assert found["state"] != "trusted" or wrong[place - 1 : place + 1] in signed, place
    verifier.close()


@pytest.mark.parametrize(
    "reach", ["[0 10 20]", "[]", "[0 1 2 99999999]", "[-1 5 6 7]", "[0 0 0 0]", "(text)", "[1 0 R 0 0 0]"]
)
def test_a_range_that_cannot_be_never_counts(read, signed, reach):
    old = re.search(rb"/ByteRange \[[^\]]*\]\s*", signed)[0]
    wrong = signed.replace(old, f"/ByteRange {reach}".encode().ljust(len(old)))
    (found,) = read(wrong).found
    assert mark_of(found) == "fail" or found["state"] == "unsupported"


def test_a_form_that_turns_in_a_circle_ends(read):
    with pikepdf.open(io.BytesIO(make_pdf())) as pdf:
        field = pdf.make_indirect(pikepdf.Dictionary(FT=pikepdf.Name.Sig, T="a"))
        field.Kids = pikepdf.Array([field])
        pdf.Root.AcroForm = pikepdf.Dictionary(Fields=[field])
        target = io.BytesIO()
        pdf.save(target)
    found = read(target.getvalue())
    assert found.unread or found.found == []


def test_what_is_no_pdf_is_not_read(read):
    assert read(b"%PDF-1.7\nnothing").unread
    assert read(make_pdf()).found == []
