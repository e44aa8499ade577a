"""What the officer wrote, as facts to read: on the check page and later as "what you sent"."""

from dataclasses import dataclass, field
from typing import Any

from django.template.defaultfilters import linebreaksbr

from foundation.core.languages import language_name
from requests_app.deadlines import days
from requests_app.enums import DataCategory, RequestKind
from requests_app.kind_words import amount_words
from requests_app.limit_words import limit_words
from requests_app.models import DataRequest, FreezeOrder, LegalProcess
from requests_app.order_rules import in_order
from requests_app.services import orders, preflight
from requests_app.services.preflight import Step
from requests_app.services.preflight.reading import asked_of
from requests_app.views.officer.scope_words import days_words, utc_words

# More identifiers than these are counted, not listed: up to 10,000 fit into a request.
MOST_TARGETS = 200


@dataclass(frozen=True)
class Section:
    """One part of the request and what stands in it; `places` names the field in which a row is changed."""

    step: Step
    title: str
    rows: list[tuple[str, Any]]
    places: dict[str, str] = field(default_factory=dict)
    optional: bool = False

    def linked(self) -> list[tuple[str, Any, str]]:
        """Return the rows, each with the place on its page where it is changed."""
        return [(key, value, f"#id_{self.places[key]}" if key in self.places else "") for key, value in self.rows]


TITLES = {
    Step.LEGAL_PROCESS: "Legal process",
    Step.FACTS: "Facts of the case",
    Step.IDENTIFIERS: "Accounts and identifiers",
    Step.ASSETS: "Assets",
    Step.RECORDS: "Records and dates",
    Step.DOCUMENTS: "Documents",
    Step.NOTICE: "User notice and non-disclosure",
}
_PLACES = {
    "Short name": "title", "Case number": "case_number", "Offence": "offence", "What happened": "facts",
    "How the account is connected": "connection", "Investigating officer": "investigating_officer",
    "Certificate for the court": "certificate_form", "May the account holder be told?": "secrecy", "Clause": "clause",
    "Until": "until",
}  # fmt: skip


def sections(data_request: DataRequest) -> list[Section]:
    """Return every part of this kind of request with its answers."""
    readers = {
        Step.LEGAL_PROCESS: _legal_process,
        Step.FACTS: _facts,
        Step.IDENTIFIERS: _targets,
        Step.ASSETS: _assets,
        Step.RECORDS: _records,
        Step.DOCUMENTS: _documents,
        Step.NOTICE: _notice,
    }
    found = []
    for step in preflight.steps_of(data_request.kind):
        if step in readers:
            rows = [row for row in readers[step](data_request) if row[1]]
            optional = step == Step.DOCUMENTS and data_request.kind == RequestKind.ENQUIRY
            found.append(Section(step, TITLES[step], rows, _PLACES, optional))
    return found


def _legal_process(data_request: DataRequest) -> list[tuple[str, Any]]:
    found = orders.orders_of(data_request)
    rows: list[tuple[str, Any]] = []
    for number, process in enumerate(found, 1):
        lead = f"Order {number}: " if len(found) > 1 else ""
        rows += [(f"{lead}{key.lower()}" if lead else key, value) for key, value in _order(process)]
    if not found:
        rows = [
            ("Type", data_request.process_type and data_request.process_type.full_name),
            ("Section of law", data_request.section_of_law),
        ]
    return [
        *rows,
        ("Addressed to", data_request.legal_entity),
        ("Treaty channel", data_request.treaty_channel),
    ]


def _order(process: LegalProcess) -> list[tuple[str, Any]]:
    versions = in_order(process.versions.all())
    newest = versions[-1] if versions else None
    return [
        ("Type", process.process_type and process.process_type.full_name),
        ("Section of law", process.section_of_law),
        ("Issued by", process.issuing_authority),
        ("Signed by", ", ".join(filter(None, (process.signatory, process.issuer_rank)))),
        ("Docket", process.docket),
        ("Language", language_name(process.language)),
        ("Issued on", _day(versions[0].issued_on) if versions else ""),
        ("Versions", "; ".join(orders.version_words(version) for version in versions) if len(versions) > 1 else ""),
        ("Valid until", _day(newest.valid_until) if newest else ""),
        ("Return date", _day(newest.return_date) if newest else ""),
    ]


def _facts(data_request: DataRequest) -> list[tuple[str, Any]]:
    emergency = data_request.emergency
    asked = "What is the answer for" if data_request.kind == RequestKind.ENQUIRY else "What happened"
    leads = (
        data_request.investigating_officer, data_request.investigating_rank, data_request.investigating_email,
        data_request.investigating_phone,
    )  # fmt: skip
    return [
        ("Short name", data_request.title),
        ("Case number", data_request.case_number),
        ("Offence", data_request.offence),
        (asked, _text(data_request.facts)),
        ("How the account is connected", _text(data_request.connection)),
        ("Investigating officer", ", ".join(filter(None, leads))),
        ("Certificate for the court", data_request.get_certificate_form_display()),
        ("Who is in danger", _text(emergency.get("danger"))),
        ("How the data prevents the harm", _text(emergency.get("why_data"))),
        ("Why there is no time for an order", _text(emergency.get("why_no_process"))),
        ("Your number", emergency.get("phone")),
        ("Supervisor", ", ".join(filter(None, (emergency.get("supervisor"), emergency.get("supervisor_phone"))))),
    ]


def _targets(data_request: DataRequest) -> list[tuple[str, Any]]:
    found = data_request.targets.select_related("process").order_by("pk")
    rows = [(target.get_kind_display(), _target(target)) for target in found[:MOST_TARGETS]]
    if len(rows) == MOST_TARGETS and (more := found.count() - MOST_TARGETS):
        rows.append(("And", f"{more} more"))
    return rows


def _target(target: Any) -> str:
    network = f" ({target.network})" if target.network else ""
    detail = f", {target.detail}" if target.detail else ""
    role = f", {target.get_role_display().lower()}" if target.role != "unknown" else ""
    order = f", named by {target.process}" if target.process else ""
    return f"{target.normalised}{network}{detail}{role}{order}"


def _assets(data_request: DataRequest) -> list[tuple[str, Any]]:
    freeze = FreezeOrder.objects.filter(data_request=data_request).first()
    if freeze is None:
        return []
    amount = "Everything" if freeze.everything else amount_words(freeze.amount) if freeze.amount else ""
    network = f" ({freeze.destination_network})" if freeze.destination_network else ""
    return [
        ("What is asked", freeze.get_act_display() if freeze.act else ""),
        ("Asset", freeze.asset),
        ("Amount", amount),
        ("Destination", f"{freeze.destination}{network}" if freeze.destination else ""),
        ("Until", _day(freeze.expires_on) or "No last day"),
    ]


def _records(data_request: DataRequest) -> list[tuple[str, Any]]:
    rows = []
    named = {str(use.process.uid): str(use.process) for use in data_request.order_uses.select_related("process")}
    for asked in map(asked_of, data_request.records_asked):
        label, exact = str(DataCategory(asked.category).label), utc_words(asked)
        lines = [days_words(asked), exact if asked.zone != "UTC" else "", f"Under {named[asked.order]}"
                 if len(named) > 1 and asked.order in named else "",
                 limit_words(asked.category, assets=asked.assets)]  # fmt: skip
        rows.append((label, _text("\n".join(filter(None, lines)))))
    if not rows:  # a request whose lines were recorded without a draft
        found = data_request.lines.order_by().values_list("category", "period_from", "period_to").distinct()
        for category, begins, ends in found:
            first, last = days(begins, ends)
            rows.append((str(DataCategory(category).label), f"{_day(first)} to {_day(last)}, UTC"))
    return list(dict.fromkeys(rows))


def _documents(data_request: DataRequest) -> list[tuple[str, Any]]:
    return [(item.get_role_display(), item.document.filename) for item in preflight.attached(data_request)]


def _notice(data_request: DataRequest) -> list[tuple[str, Any]]:
    if data_request.secrecy_asked is None:
        return []
    if not data_request.secrecy_asked:
        return [("May the account holder be told?", "Yes")]
    bar = data_request.non_disclosure_orders.select_related("document").order_by("pk").first()
    if bar is None:
        return [("May the account holder be told?", "No")]
    until = _day(bar.bars_until) or "No last day"
    return [
        ("May the account holder be told?", "No"),
        ("Clause", bar.clause),
        ("Until", until),
        ("Stands in", bar.document.filename if bar.document else ""),
    ]


def _text(value: Any) -> Any:
    """Return what somebody wrote with its paragraphs, escaped."""
    return linebreaksbr(value) if value else ""


def _day(value: Any) -> str:
    return f"{value:%-d %b %Y}" if value else ""
