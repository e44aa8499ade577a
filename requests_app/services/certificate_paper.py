"""The certificate of a package as PDF: drafted here from what is sealed and from what the custodian states.

It states the hashes of what was sealed before it, so it lies beside the archive and can follow years later: what it
says of the files comes from the rows and the manifest, which outlive the records themselves. The manifest is inside.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from django.utils.dateformat import format as format_date

from foundation.core.enclosures import Enclosure
from foundation.core.paper import render_pdf
from foundation.documents import services as documents
from foundation.notifications.site import site_details
from requests_app.enums import CertificateForm
from requests_app.models import Certificate, DisclosurePackage
from requests_app.release_enums import CertificateKind
from requests_app.services import certificate_texts as texts
from requests_app.services.archive import stamp
from requests_app.services.certificate_facts import (
    Fact,
    company,
    default_facts,
    needed_facts,
    searched,
    span,
)
from requests_app.services.contents import order_versions
from requests_app.services.packing import taken_out

__all__ = ["Fact", "default_facts", "draft_pdf", "needed_facts"]

_BLANK = "____________________"
_TEMPLATES = {
    CertificateForm.IN_63_4: "paper/certificate_india.html",
    CertificateForm.UK_S9: "paper/certificate_uk.html",
}


@dataclass(frozen=True)
class Hashed:
    """One line of the hash table."""

    title: str
    name: str
    sha256: str
    size: int
    rows: int | None = None
    # From when, out of which system: of a record only.
    source: str = ""


def draft_pdf(certificate: Certificate, *, at: datetime) -> bytes:
    """Return the certificate as PDF/A-3a, with the manifest inside as its data; nobody has signed it yet."""
    package = certificate.package
    inside = []
    if package.manifest and documents.is_usable(package.manifest):
        content = b"".join(documents.pieces(package.manifest))
        inside = [Enclosure(package.manifest.filename, content, f"Manifest of {package}")]
    return render_pdf(template_of(certificate), context_of(certificate, at=at), inside=inside)


def template_of(certificate: Certificate) -> str:
    """Return the template of a form; of a search there is no part of the Indian Schedule to fill in."""
    if certificate.kind == CertificateKind.SEARCH and certificate.form == CertificateForm.IN_63_4:
        return "paper/certificate.html"
    return _TEMPLATES.get(CertificateForm(certificate.form), "paper/certificate.html")


def context_of(certificate: Certificate, *, at: datetime) -> dict[str, object]:
    """Return everything the templates say."""
    package, form = certificate.package, CertificateForm(certificate.form)
    data_request, search = package.data_request, certificate.kind == CertificateKind.SEARCH
    facts = _facts(certificate)
    said = texts.TEXTS.get(form, texts.TEXTS[CertificateForm.GENERIC])
    site = site_details()
    return {
        "site": site,
        "language": "en",
        "reference": data_request.reference,
        "made_at": f"{format_date(at.astimezone(UTC), 'j M Y, H:i:s')} UTC",
        "check_code": certificate.check_code,
        "package": package,
        "data_request": data_request,
        "orders": [str(one.process) for one in order_versions(data_request)],
        "title": _title(form, search=search, said=said),
        "law": texts.INDIA_LAW if form == CertificateForm.IN_63_4 else said.law,
        "says": [one.format_map(facts) for one in (_search_says(said) if search else said.says)],
        "oath": said.oath.format_map(facts),
        "truth": (texts.TRUTH_BEFORE, texts.TRUTH_AFTER),
        "facts": facts,
        "search": search,
        "searched": searched(package) if search else [],
        "period": span(package),
        "files": hashes(package),
        "left_out": _left_out(package),
        "sources": _ticked(texts.INDIA_SOURCES, facts["source"]),
        "controls": _ticked(texts.INDIA_CONTROL, facts["control"]),
        "algorithms": [(words, words == "SHA256") for words in texts.INDIA_ALGORITHMS],
    }


def hashes(package: DisclosurePackage) -> list[Hashed]:
    """Return every file that was sealed, then the manifest and the archive, as their rows have them."""
    items = package.items.select_related("document", "line__target").order_by("name")
    listed = [
        Hashed(
            f"{item.line.get_category_display()}, account {item.line.target.account}",
            item.name,
            item.document.sha256,
            item.document.size or 0,
            item.rows,
            f"{item.source}, extracted {stamp(item.extracted_at)}",
        )
        for item in items
    ]
    for title, document in (("Manifest", package.manifest), ("Encrypted archive of all of these", package.archive)):
        if document is not None:
            listed.append(Hashed(title, document.filename, document.sha256, document.size or 0))
    return listed


def _facts(certificate: Certificate) -> dict[str, str]:
    """Return what the custodian stated, with what the sentences of the form need beside; a blank stays a line."""
    package = certificate.package
    known = default_facts(package, certificate.form, certificate.custodian) | {
        name: value for name, value in certificate.facts.items() if isinstance(value, str)
    }
    day = _day(known["executed_on"])
    return known | {
        "authority": texts.AUTHORITY.get(known["authority"], texts.AUTHORITY[texts.CUSTODIAN]),
        "company": company(package),
        "reference": package.data_request.reference,
        "us_oath": texts.US_OATH[texts.INSIDE if _is_inside(known, certificate.form) else texts.OUTSIDE],
        "executed": format_date(day, "j F Y") if day else _BLANK,
        "executed_india": day.strftime("%d/%m/%Y") if day else _BLANK,
        "time_ist": known["time_ist"] or _BLANK,
        "country": known["country"] or _BLANK,
        "place": known["place"] or _BLANK,
        "searched_on": _written(known["searched_on"]),
        "blank": _BLANK,
    }


def _is_inside(known: Mapping[str, str], form: str) -> bool:
    """Say whether it is signed inside the United States; a foreign certification never is (18 USC 3505(c)(2))."""
    return known["inside"] == texts.INSIDE and form != CertificateForm.US_3505


def _search_says(said: texts.FormText) -> tuple[str, ...]:
    """Who declares stands first in every form; then what was searched, in place of what is said of records."""
    return (said.says[0], *texts.SEARCHED)


def _title(form: CertificateForm, *, search: bool, said: texts.FormText) -> str:
    if form == CertificateForm.UK_S9:
        return said.title
    if search:
        return texts.SEARCH_TITLE
    return texts.INDIA_TITLE if form == CertificateForm.IN_63_4 else said.title


def _left_out(package: DisclosurePackage) -> list[str]:
    """Say what a person took out before the seal: so many rows of a file, or a file."""
    return [
        f"{'One file' if out.rows is None else f'{out.rows} rows'} of {out.records}, account {out.account}, taken out "
        f"before the seal on {out.taken_out_at}"
        for out in taken_out(package)
    ]


def _ticked(choices: Mapping[str, str], chosen: str) -> list[tuple[str, bool]]:
    return [(words, value == chosen) for value, words in choices.items()]


def _day(text: Any) -> date | None:
    try:
        return date.fromisoformat(str(text))
    except ValueError:
        return None


def _written(text: str) -> str:
    day = _day(text)
    return format_date(day, "j F Y") if day else _BLANK
