"""The real catalogue and one company; a later version of which three types are left."""

from datetime import UTC, datetime

from foundation.legal import catalogue
from foundation.legal.models import ProcessType
from foundation.providers.models import Provider
from tests.people import make_provider

AT = datetime(2026, 11, 21, 9, tzinfo=UTC)


def make_company() -> Provider:
    """The company of the tests, with every jurisdiction and type loaded."""
    catalogue.load(AT)
    return make_provider()


def make_newer(version: str = "2027-03-01") -> None:
    """Two versions: US-NSL ended, SG-CPC-20 changed, SG-NEW was added, INT-COURT-ORDER is the same."""
    ProcessType.objects.exclude(code__in=["US-NSL", "SG-CPC-20", "INT-COURT-ORDER"]).delete()
    _copy("INT-COURT-ORDER", catalogue_version=version)
    _copy("SG-CPC-20", catalogue_version=version, response_days=14, compels=None)
    _copy("SG-CPC-20", catalogue_version=version, code="SG-NEW", name="New power")


def _copy(code: str, /, **changes: object) -> None:
    row = ProcessType.objects.filter(code=code).order_by("catalogue_version").first()
    assert row is not None
    row.pk = None
    for name, value in changes.items():
        setattr(row, name, value)
    row.save(force_insert=True)
