"""What happens to demo records after their release: taken, signed for, stopped, asked for again years later."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from foundation.audit.trail import record
from foundation.providers.connectors.demo import cases as accounts
from foundation.providers.models import Provider
from lers.demo import desk, filing
from lers.demo.filing import Filing
from lers.demo.people import who
from requests_app.enums import CertificateForm, RecallCause
from requests_app.events import Event
from requests_app.models import DataRequest, DisclosurePackage, DownloadReceipt
from requests_app.release_enums import LaterKind
from requests_app.services import copies_of_recipients, costs, later, packages, purging

_DAY = timedelta(days=1)
_WRONG = (
    "Support moved this e-mail address to another account in May by mistake, and moved it back on Friday. The log-ins "
    "are those of a customer who has nothing to do with this."
)
_FOR_COURT = (
    "The trial begins next month. The court asks for a certificate of the records you gave us in August; the records "
    "themselves we have."
)


def download(package: DisclosurePackage, *, at: datetime) -> None:
    """The officer of the request takes their copy of the archive, whole."""
    archive, user = package.archive, package.data_request.officer
    if archive is None or user is None or user.membership is None:
        return
    copies_of_recipients.copy_for(package, user=user, at=at)
    DownloadReceipt.objects.create(
        package=package, document=archive, user=user, agency_name=user.membership.agency.name, started_at=at,
        finished_at=at + timedelta(seconds=2), bytes_sent=archive.size or 0, complete=True,
    )  # fmt: skip
    facts: dict[str, str | int | None] = {
        "package": package.number, "sha256": archive.sha256, "first_byte": 0, "bytes": archive.size,
        "size": archive.size,
    }  # fmt: skip
    record(Event.DOWNLOADED, by=user, obj=package.data_request, data=facts, at=at)


def stop_for_wrong_account(data_request: DataRequest, *, taken_at: datetime, at: datetime) -> None:
    """The officer took the records before somebody saw whose they are; a second person has not confirmed the recall."""
    package = data_request.packages.get()
    download(package, at=taken_at)
    packages.revoke(package, cause=RecallCause.WRONG_ACCOUNT, reason=_WRONG, by=who("approver"), at=at)


def long_ago(what: Filing, name: str, provider: Provider, now: datetime) -> DataRequest:
    """Answered four months ago; the download ended, the files are deleted, and a certificate is asked for now."""
    old = replace(
        what, title="Operation Nordavind", case_number="NV 26/11207", docket="26-071844",
        facts="A ring of six sold concert tickets twice. 230 people stood before closed doors.",
        connection="The buyers were told to pay to an address that belongs to this account.",
        identifiers=(("email", accounts.EMAIL_OWN_PAGES, ""),), categories=what.categories[:1], bar_days=400,
    )  # fmt: skip
    officer, filed = who("officer"), now - 120 * _DAY
    made = filing.file(name, old, provider, by=officer, at=filed)
    desk.take(made, at=filed + _DAY)
    desk.match(made, at=filed + 2 * _DAY)
    desk.confirm_bars(made, at=filed + 2 * _DAY)
    desk.sign(desk.propose_grant(made, at=filed + 3 * _DAY), at=filed + 5 * _DAY)
    desk.produce(made, at=filed + 7 * _DAY)
    download(made.packages.get(), at=filed + 8 * _DAY)
    spent = "Three hours of an analyst, for the export and the letter"
    costs.note(made, amount=Decimal("186.00"), currency="EUR", what=spent, by=who("analyst"), at=filed + 8 * _DAY)
    ended = filed + (8 + provider.download_days) * _DAY
    packages.expire_due(at=ended)
    purging.purge_due(at=ended + (1 + provider.purge_days) * _DAY)
    later.ask(
        made, kind=LaterKind.CERTIFICATE, certificate_form=CertificateForm.GENERIC, court=what.court, words=_FOR_COURT,
        package=made.packages.get(), needed_by=(now + 21 * _DAY).date(), by=officer, at=now - _DAY,
    )  # fmt: skip
    return made
