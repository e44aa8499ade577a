"""What the officer wrote, as facts to read: on the check page and later as "what you sent"."""

from dataclasses import dataclass
from typing import Any

from requests_app.deadlines import days
from requests_app.enums import DataCategory
from requests_app.models import DataRequest, LegalProcess
from requests_app.order_rules import in_order
from requests_app.services import orders, preflight
from requests_app.services.orders import version_words
from requests_app.services.preflight import Step, read_day


@dataclass(frozen=True)
class Section:
    """One part of the request and what stands in it."""

    step: Step
    title: str
    rows: list[tuple[str, Any]]


TITLES = {
    Step.LEGAL_PROCESS: "Legal process",
    Step.FACTS: "Facts of the case",
    Step.IDENTIFIERS: "Accounts and identifiers",
    Step.RECORDS: "Records and dates",
    Step.DOCUMENTS: "Documents",
    Step.NOTICE: "User notice and non-disclosure",
}


def sections(data_request: DataRequest) -> list[Section]:
    """Return every part with its answers."""
    rows = {
        Step.LEGAL_PROCESS: _legal_process(data_request),
        Step.FACTS: _facts(data_request),
        Step.IDENTIFIERS: [(t.get_kind_display(), _target(t)) for t in data_request.targets.order_by("pk")],
        Step.RECORDS: _records(data_request),
        Step.DOCUMENTS: [(i.get_role_display(), i.document.filename) for i in preflight.attached(data_request)],
        Step.NOTICE: _notice(data_request),
    }
    return [Section(step, title, [row for row in rows[step] if row[1]]) for step, title in TITLES.items()]


def _legal_process(data_request: DataRequest) -> list[tuple[str, Any]]:
    process = preflight.first_process(data_request)
    order = preflight.first_version(process)
    return [
        ("Type", data_request.process_type),
        ("Section of law", data_request.section_of_law),
        ("Issued by", process.issuing_authority if process else ""),
        ("Signed by", process.signatory if process else ""),
        ("Docket", process.docket if process else ""),
        ("Issued on", _day(order.issued_on) if order else ""),
        ("Valid until", _day(order.valid_until) if order else ""),
        ("Return date", _day(order.return_date) if order else ""),
        ("Addressed to", data_request.legal_entity),
        ("Treaty channel", data_request.treaty_channel),
        *[("Another order", _order(other)) for other in orders.orders_of(data_request)[1:]],
    ]


def _order(process: LegalProcess) -> str:
    """Return an order beside the leading one in a line."""
    versions = "; ".join(version_words(version) for version in in_order(process.versions.all()))
    said = (str(process.process_type or ""), process.section_of_law, str(process), process.signatory, versions)
    return ", ".join(filter(None, said))


def _facts(data_request: DataRequest) -> list[tuple[str, Any]]:
    emergency = data_request.emergency
    return [
        ("Short name", data_request.title),
        ("Case number", data_request.case_number),
        ("Offence", data_request.offence),
        ("What happened", data_request.facts),
        ("How the account is connected", data_request.connection),
        ("Investigating officer", data_request.investigating_officer),
        ("Who is in danger", emergency.get("danger")),
        ("How the data prevents the harm", emergency.get("why_data")),
        ("Why there is no time for an order", emergency.get("why_no_process")),
        ("Your number", emergency.get("phone")),
        ("Supervisor", ", ".join(filter(None, (emergency.get("supervisor"), emergency.get("supervisor_phone"))))),
    ]


def _target(target: Any) -> str:
    network = f" ({target.network})" if target.network else ""
    role = f", {target.get_role_display().lower()}" if target.role != "unknown" else ""
    return f"{target.normalised}{network}{role}"


def _records(data_request: DataRequest) -> list[tuple[str, Any]]:
    rows = []
    for asked in data_request.records_asked:
        period = " to ".join(_day(read_day(asked.get(end))) or "no date" for end in ("from", "to"))
        rows.append((str(DataCategory(asked["category"]).label), f"{period} (UTC)"))
    if not rows:  # a request whose lines were recorded without a draft
        for line in data_request.lines.all():
            first, last = days(line.period_from, line.period_to)
            rows.append((str(line.get_category_display()), f"{_day(first)} to {_day(last)} (UTC)"))
    return list(dict.fromkeys(rows))


def _notice(data_request: DataRequest) -> list[tuple[str, Any]]:
    if data_request.secrecy_asked is None:
        return []
    if not data_request.secrecy_asked:
        return [("May the account holder be told?", "Yes")]
    bar = data_request.non_disclosure_orders.order_by("pk").first()
    if bar is None:
        return [("May the account holder be told?", "No")]
    until = _day(bar.bars_until) or "No last day"
    return [("May the account holder be told?", "No"), ("Clause", bar.clause), ("Until", until)]


def _day(value: Any) -> str:
    return f"{value:%-d %b %Y}" if value else ""
