"""The record of processing (GDPR Art. 30(1)), read from how this installation is set up and not from a model text."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from django.conf import settings
from django.utils import timezone

from accounts.enums import AgencyStatus
from accounts.models import Agency, StaffRole, User
from accounts.permissions import Permission, Role, has_permission
from accounts.services.retention import DRAFT_LIFE
from foundation.audit.trail import record
from foundation.core.errors import NotAllowed
from foundation.providers.models import Provider
from preservation import deadlines as of_holds
from requests_app import deadlines
from requests_app.enums import DataCategory, LawfulBasis
from requests_app.events import Event
from requests_app.release_enums import MISTAKE_HOURS

FORMS = {"json": "application/json", "csv": "text/csv; charset=utf-8"}
HEADINGS = ["Part", "What", "Content"]

Row = tuple[str, str]


@dataclass(frozen=True)
class Part:
    """One point of Art. 30(1)."""

    title: str
    law: str
    rows: list[Row]


@dataclass(frozen=True)
class Record:
    """The record of one company at one moment; the version is the hash of what it says."""

    provider: Provider
    at: datetime
    parts: list[Part]

    @property
    def version(self) -> str:
        """The same as long as nothing in it changed."""
        said = [[part.title, [list(row) for row in part.rows]] for part in self.parts]
        return hashlib.sha256(orjson.dumps(said)).hexdigest()[:12]

    def as_json(self) -> dict[str, Any]:
        """Return it as it is exported."""
        parts = [
            {
                "title": part.title,
                "law": part.law,
                "rows": [{"what": what, "content": said} for what, said in part.rows],
            }
            for part in self.parts
        ]
        return {"company": self.provider.name, "made_at": self.at.isoformat(), "version": self.version, "parts": parts}

    def lines(self) -> list[list[str]]:
        """Return it as the lines of a table."""
        return [[part.title, what, said] for part in self.parts for what, said in part.rows]


def read(provider: Provider, *, by: User, form: str, at: datetime | None = None) -> Record:
    """Return the record as it is now, and note who read or took it. Raises NotAllowed."""
    at = at or timezone.now()
    if not has_permission(by, Permission.SEE_PROCESSING) or provider not in providers(by):
        raise NotAllowed("You do not have the right to do this.")
    found = Record(provider, at, _parts(provider))
    record(
        Event.PROCESSING_READ, by=by, object_type="record_of_processing", object_id=provider.slug,
        object_label=provider.name, data={"form": form, "version": found.version}, at=at,
    )  # fmt: skip
    return found


def providers(user: User) -> list[Provider]:
    """Return the companies this person works for, by name."""
    own = user.staff_roles.filter(ended_at=None).values("provider")
    return list(Provider.objects.filter(pk__in=own).order_by("name"))


def _parts(provider: Provider) -> list[Part]:
    return [
        Part("Controller and contacts", "Art. 30(1)(a)", _controller(provider)),
        Part("Purposes and grounds", "Art. 30(1)(b)", _purposes()),
        Part("Persons and data", "Art. 30(1)(c)", _data()),
        Part("Recipients", "Art. 30(1)(d)", _recipients(provider)),
        Part("Other countries", "Art. 30(1)(e)", _countries()),
        Part("How long it is kept", "Art. 30(1)(f)", _retention(provider)),
        Part("Measures", "Art. 30(1)(g) and 32", _measures()),
    ]


def _controller(provider: Provider) -> list[Row]:
    rows = [("Controller", provider.name)]
    for entity in provider.entities.order_by("name"):
        rows += [("Legal entity", _joined([str(entity), entity.service_address, entity.products]))]
    officers = StaffRole.objects.filter(provider=provider, role=Role.DPO, ended_at=None, user__is_active=True)
    for role in officers.select_related("user").order_by("user__full_name"):
        rows += [("Data-protection officer", f"{role.user.get_full_name()}, {role.user.email}")]
    if not officers.exists():
        rows.append(("Data-protection officer", "Nobody holds this role here."))
    return rows


def _purposes() -> list[Row]:
    return [
        ("Answer authorities", "Check requests of authorities, decide on them, disclose what was granted. The ground "
         "is chosen and written down with each decision: " + _joined(LawfulBasis.labels, "; ")),
        ("Keep records that an authority asks to keep", "Legal obligation, or legitimate interest where no law binds"),
        ("Know who asks", "Vetting of officers and agencies: security of what is disclosed, Art. 32"),
        ("Tell account holders", "Notices before and after a disclosure, as the law of each order asks or bars"),
        ("Account for it", "The log of every act and every look, Art. 5(2) and 30"),
    ]  # fmt: skip


def _data() -> list[Row]:
    return [
        ("Account holders", _joined(DataCategory.labels)),
        ("People named in requests", ("Identifiers, the facts of a case, orders and their attachments; these can tell "
         "of offences (Art. 10)")),
        ("Officers", "Name, rank, unit, badge number, official address and telephone, a copy of the service card"),
        ("Staff", "Name, address, roles, second factors, every act and look"),
    ]  # fmt: skip


def _recipients(provider: Provider) -> list[Row]:
    active = Agency.objects.filter(status=AgencyStatus.ACTIVE).count()
    rows = [("Authorities", f"{active} vetted agencies, each only what a decision grants")]
    rows.append(("The company's own systems", f"Connector: {provider.connector}"))
    rows.append(("Mail server", f"{settings.EMAIL_HOST}: says that there is something to read, nothing of a case"))
    if settings.TIMESTAMP_URL:
        rows.append(("Time stamps", f"{settings.TIMESTAMP_URL}: hashes only"))
    if settings.SSO_OIDC_ISSUER:
        rows.append(("Sign-in of staff", settings.SSO_OIDC_ISSUER))
    return rows


def _countries() -> list[Row]:
    countries = Agency.objects.filter(status=AgencyStatus.ACTIVE).order_by("country").values_list("country", flat=True)
    named = _joined(dict.fromkeys(filter(None, countries)))
    ground = "Chosen and written down with each decision, and signed by the second person (Art. 45, 46, 48, 49)"
    return [("Countries of vetted agencies", named or "None"), ("Ground of each transfer", ground)]


def _retention(provider: Provider) -> list[Row]:
    return [
        ("Drafts of requests", f"{deadlines.DRAFT_DAYS} days after they were saved last"),
        ("Drafts of holds", f"{of_holds.DRAFT_DAYS} days after they were saved last"),
        ("Applications that were never sent", f"{DRAFT_LIFE.days} days"),
        ("Copies of service cards", f"{settings.IDENTITY_DOCUMENT_DAYS} days after the decision; the hash stays"),
        ("Disclosed records", (f"{provider.download_days} days to download, deleted {provider.purge_days} days later; "
         "manifest, letter and certificate stay")),
        ("Copies of held records", (f"The time of the hold ({provider.hold_days} days where no law says more), then "
         f"{provider.hold_grace_days} days")),
        ("Receipts of officers", f"{settings.RECEIPT_DAYS} days; the hash of their words stays in the log"),
        ("The register of breaches", "Not deleted by the portal"),
        ("The log", "Not deleted by the portal"),
    ]  # fmt: skip


def _measures() -> list[Row]:
    here = "on" if settings.PRODUCTION else "off: this installation is not in production"
    scanned = "Scanned for viruses" if settings.CLAMD_ADDRESS else "Not scanned for viruses: no scanner is set up"
    return [
        ("Encryption", "Each file under its own key (AES-256-GCM), kept under a master key"),
        ("Two people", "Decisions, releases and changes of staff are signed by a second person"),
        ("Second factor", (f"For everybody; shown again after {settings.STEP_UP_SECONDS // 60} minutes for what cannot "
         "be taken back")),
        ("Files of others", f"{scanned}, opened in a closed process, shown as pictures"),
        ("Log", "Sealed in a signed tree that can be checked from outside (verify_audit)"),
        ("TLS to the outside, enforced", here),
        ("Breaches", (f"{MISTAKE_HOURS} hours run from knowing (Art. 33(1)); counsel and the data-protection officer "
         "decide, and keep a register (Art. 33(5))")),
        ("Tests", "Restoring and the tests of every requirement: docs/drill.md and docs/audit-findings.md"),
    ]  # fmt: skip


def _joined(words: Iterable[str], sign: str = ", ") -> str:
    return sign.join(str(word).replace("\n", ", ") for word in words if word)
