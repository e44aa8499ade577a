"""What an officer may show for what was sent and taken: the words of each receipt about a request."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from accounts.enums import ReceiptKind
from accounts.models import User
from accounts.services.receipts import files, issue, some
from foundation.audit.canonical import JSON
from foundation.documents.models import Document
from requests_app.models import (
    Amendment,
    ClarificationReply,
    DataRequest,
    DisclosurePackage,
    EmergencyCase,
    LegalProcess,
    PackageItem,
    RecipientCopy,
)


def request_received(data_request: DataRequest, *, by: User, at: datetime) -> None:
    """Give the receipt of a request, as it stands at its receipt."""
    named = data_request.targets.order_by().values_list("kind", "network", "normalised", "detail")
    attached = Document.objects.filter(pk__in=data_request.documents.values("document")).order_by("pk")
    facts: dict[str, JSON] = {
        "kind": data_request.kind,
        "agency": data_request.agency.name,
        "title": data_request.title,
        "case_number": data_request.case_number,
        "facts": data_request.facts,
        "connection": data_request.connection,
        "identifiers": some(" ".join(filter(None, row)) for row in named),
        "records": data_request.records_asked,
        "emergency": data_request.emergency or {},
        "files": files(attached),
    }
    _issue(ReceiptKind.REQUEST, data_request, facts, by=by, at=at)


def answer_received(reply: ClarificationReply, documents: Iterable[Document], *, by: User, at: datetime) -> None:
    """Give the receipt of an answer to a question."""
    question = reply.clarification
    facts: dict[str, JSON] = {
        "question": question.number,
        "asked": question.text,
        "text": reply.text,
        "items": reply.items,
        "files": files(documents),
    }
    data_request = question.data_request
    _issue(ReceiptKind.ANSWER, data_request, facts, by=by, at=at)


def change_received(amendment: Amendment, *, by: User, at: datetime) -> None:
    """Give the receipt of a change of a request that was sent before: what stood there, and what stands there now."""
    facts: dict[str, JSON] = {
        "number": amendment.number,
        "change": amendment.kind,
        "text": amendment.text,
        "before": amendment.before,
        "after": amendment.after,
    }
    _issue(ReceiptKind.CHANGE, amendment.data_request, facts, by=by, at=at)


def appeal_received(data_request: DataRequest, documents: Iterable[Document], *, by: User, at: datetime) -> None:
    """Give the receipt of an appeal against a refusal."""
    facts: dict[str, JSON] = {"text": data_request.appeal_text, "files": files(documents)}
    _issue(ReceiptKind.APPEAL, data_request, facts, by=by, at=at)


def withdrawal_received(data_request: DataRequest, *, reason: str, by: User, at: datetime) -> None:
    """Give the receipt of a request that was taken back."""
    _issue(ReceiptKind.WITHDRAWAL, data_request, {"reason": reason}, by=by, at=at)


def sent_afterwards(case: EmergencyCase, order: LegalProcess | None, *, by: User, at: datetime) -> None:
    """Give the receipt of what followed an emergency: an order, or the confirmation of a supervisor."""
    facts: dict[str, JSON] = {
        "how": str(case.sent_how),
        "supervisor": case.supervisor,
        "order": _named(order) if order else {},
        "files": files([case.document] if case.document else []),
    }
    _issue(ReceiptKind.AFTERWARDS, case.data_request, facts, by=by, at=at)


def _named(order: LegalProcess) -> dict[str, JSON]:
    version = order.versions.order_by("number").first()
    return {
        "type": order.process_type.name if order.process_type else "",
        "authority": order.issuing_authority,
        "issued_on": version.issued_on.isoformat() if version and version.issued_on else "",
        "docket": order.docket,
    }


def downloaded(
    package: DisclosurePackage, document: Document, sent: Mapping[str, JSON], *, complete: bool, by: User, at: datetime
) -> None:
    """Give the receipt of a download: which bytes of which file were handed over, and whether all of them arrived.

    An archive ends with the mark of its recipient: the hash of that copy is named where it is known already.
    """
    data_request = package.data_request
    name = PackageItem.objects.filter(package=package, document=document).values_list("name", flat=True).first()
    facts: dict[str, JSON] = {**sent, "name": name or document.filename, "complete": complete}
    copy = RecipientCopy.objects.filter(package=package, package__archive__sha256=sent["sha256"], user=by).first()
    if copy and copy.sha256:
        facts["copy_sha256"] = copy.sha256
    _issue(ReceiptKind.DOWNLOAD, data_request, facts, by=by, at=at)


def _issue(kind: ReceiptKind, data_request: DataRequest, facts: Mapping[str, JSON], *, by: User, at: datetime) -> None:
    issue(kind, data_request, reference=data_request.reference or "", facts=facts, by=by, at=at)
