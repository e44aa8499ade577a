"""Receipts in words: who took which file, from which byte, and whether it arrived."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from requests_app.models import Certificate, DownloadReceipt, PackageItem
from requests_app.services.downloads import GRANT, certificate_name

# Shown beside a package; all of them have a page of their own.
SHOWN = 10
PAGE = 50
_KEY = re.compile(r"[0-9]{1,18}", re.ASCII)


@dataclass(frozen=True)
class Said:
    """One receipt as a page says it."""

    receipt: DownloadReceipt
    words: str
    # As it was taken: as it stands in the archive, of a file taken by itself.
    name: str

    @property
    def first_byte(self) -> str:
        """Return from which byte on it went out, for people; empty where from the beginning."""
        return f"{self.receipt.first_byte:,}" if self.receipt.first_byte else ""


def said(receipts: Iterable[DownloadReceipt], *, at: datetime) -> list[Said]:
    """Return receipts with what became of each, in words."""
    rows = list(receipts)
    items = PackageItem.objects.filter(
        package__in={row.package_id for row in rows}, document__in={row.document_id for row in rows}
    )
    names = dict(items.values_list("document", "name"))
    signed = Certificate.objects.filter(signed__in={row.document_id for row in rows})
    for certificate in signed.select_related("signed", "package__data_request"):
        if certificate.signed:
            names[certificate.signed.pk] = certificate_name(certificate)
    return [Said(row, _words(row, at=at), names.get(row.document_id, row.document.filename)) for row in rows]


def listed(receipts: QuerySet[DownloadReceipt], *, before: str, at: datetime) -> dict[str, object]:
    """Return a page of receipts for its template: the newest, or those older than the one with the key `before`."""
    rows = receipts.filter(pk__lt=int(before)) if _KEY.fullmatch(before) else receipts
    found = list(rows.order_by("-pk")[: PAGE + 1])
    more, found = len(found) > PAGE, found[:PAGE]
    return {
        "receipts": said(found, at=at),
        "total": receipts.count(),
        "shown": len(found),
        "first": "" if rows is receipts else "?",
        "next": f"?before={found[-1].pk}" if more else "",
    }


def _words(row: DownloadReceipt, *, at: datetime) -> str:
    size = row.document.size or 0
    if row.finished_at is None:
        # A server that was killed writes no end; a download that still runs has a grant that still holds.
        return _("under way") if row.started_at + GRANT > at else _("it is not known how it ended")
    if not row.complete:
        return _("broken off")
    if row.bytes_sent == size:
        return _("complete")
    if row.first_byte + row.bytes_sent == size:
        return _("the rest, complete")
    return _("a part, complete")
