"""The orders behind a request: the leading one, others beside it, and their versions."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from requests_app.models import DataRequest, LegalProcess, OrderUse, OrderVersion
from requests_app.services.preflight import first_process, first_version

Values = Mapping[str, Any]


def save_leading(draft: DataRequest, values: Values, by: Any, at: datetime) -> None:
    """Store the leading order of a draft and what the request takes from it."""
    for name in ("process_type", "section_of_law", "treaty_channel"):
        setattr(draft, name, values[name])
    if values.get("legal_entity"):
        draft.legal_entity = values["legal_entity"]
    draft.save(update_fields=["process_type", "section_of_law", "treaty_channel", "legal_entity"])
    process = first_process(draft) or LegalProcess(agency=draft.agency, created_by=by, created_at=at)
    for name in ("process_type", "section_of_law", "issuing_authority", "signatory", "docket"):
        setattr(process, name, values[name])
    process.save()
    OrderUse.objects.get_or_create(data_request=draft, process=process, defaults={"added_at": at, "added_by": by})
    if not values["issued_on"]:
        process.versions.all().delete()
        return
    order = first_version(process) or OrderVersion(process=process, received_at=at)
    for name in ("issued_on", "valid_until", "return_date"):
        setattr(order, name, values[name])
    order.save()
