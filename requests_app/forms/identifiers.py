"""Identifiers as an officer types, pastes or uploads them, and what stands beside those that are there."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.http import QueryDict

from foundation.core.forms import PortalForm, read_plain_text, say_what_to_do
from foundation.core.identifier_forms import IdentifierForm
from foundation.core.identifier_lines import MAX_LINES, read_lines, refused_lines, said_of_box
from foundation.core.identifiers import Identifier
from foundation.core.secret_boxes import HidesSecrets
from foundation.documents.filetypes import CSV, XLSX
from foundation.documents.formfields import TakesUploads, UploadField
from requests_app.enums import TargetRole
from requests_app.models import LegalProcess, Target

_ROLE_LABEL = "What is the person in your case?"
NOTE = 300


class OrdersForm(PortalForm):
    """What both ways of adding ask beside the identifiers: the role, and which of several orders names them."""

    role = forms.ChoiceField(label=_ROLE_LABEL, choices=TargetRole.choices, initial=TargetRole.UNKNOWN)
    process = forms.ChoiceField(
        label="Which order names it?", required=False, help_text="Leave it as it is where all of them do"
    )

    def __init__(self, *args: Any, orders: Sequence[LegalProcess] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.orders = {str(order.uid): order for order in orders}
        chosen = [("", "All orders of this request"), *((uid, str(order)) for uid, order in self.orders.items())]
        self.fields["process"].choices = chosen  # type: ignore[attr-defined]

    @property
    def process_chosen(self) -> LegalProcess | None:
        """The order that was chosen, or None for all."""
        return self.orders.get(self.cleaned_data.get("process", ""))


class AddIdentifierForm(IdentifierForm, OrdersForm):
    """One identifier, with what its kind needs, and what stands beside it in the case."""

    note = forms.CharField(
        label="Your note", max_length=NOTE, required=False, help_text="Where you saw it, or which person it belongs to"
    )
    field_order = ("kind", "value", "network", "memo", "direction", "output", "used", "port", "note", "role", "process")


class ListForm(HidesSecrets, TakesUploads, OrdersForm):
    """Many identifiers: one on each line, or as a file."""

    paste = forms.CharField(
        label="One identifier on each line", required=False, strip=False,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text="Up to 500 lines. We work out the type. After an IP address put the date, time and time zone: "
        "203.0.113.24 2026-06-04T23:47:10+02:00. For a transaction write txid,HASH,bitcoin",
    )  # fmt: skip
    file = UploadField(
        label="Or choose a file", kinds=(CSV, XLSX), required=False,
        help_text="CSV or Excel (.xlsx), up to 10,000 lines",
    )  # fmt: skip
    field_order = ("paste", "file", "role", "process")

    def clean(self) -> dict[str, Any]:
        """Answer each line: the good ones are found, the others stay in the box with what is wrong."""
        values = super().clean() or {}
        if self.too_many():
            self.add_error("paste", f"Paste at most {MAX_LINES} lines at once, or send them as a file")
            return values
        if self.refused:
            self.add_error("paste", said_of_box(self.refused))
        if not self._text().strip() and not values.get("file") and not self.has_error("file"):
            self.add_error("paste", "Paste the identifiers, or choose a CSV or Excel file that is not empty")
        return values

    def lines(self) -> list[tuple[int, Identifier]]:
        """Return every line that is not empty, with its number, as it is understood; none where they are too many."""
        if not hasattr(self, "_lines"):
            self._lines = [] if self.too_many() else read_lines(self._text())
        return self._lines

    @property
    def refused(self) -> list[str]:
        """What is wrong with each line that cannot be used, numbered as they stand in the box afterwards."""
        return refused_lines(enumerate((item for _number, item in self.lines() if not item.accepted), 1))

    def too_many(self) -> bool:
        """Say whether more was pasted than is taken at once."""
        return len(self._text().splitlines()) > MAX_LINES

    def keep_bad_lines(self) -> None:
        """Leave only the lines in the box that must be mended; the messages number these."""
        text = self._text().splitlines()
        lines = [(text[number - 1].strip(), item) for number, item in self.lines() if not item.accepted]
        bad = [item.given if item.masked else line for line, item in lines]
        data = self.data.copy() if isinstance(self.data, QueryDict) else QueryDict(mutable=True)
        data[self.add_prefix("paste")] = "\n".join(bad)
        self.data = data

    def _text(self) -> str:
        return str(self.data.get(self.add_prefix("paste"), "")).replace("\0", "")


@dataclass(frozen=True)
class Row:
    """One identifier of the list, with its fields."""

    target: Target
    role: BoundField
    note: BoundField


class RowsForm(PortalForm):
    """Role and note of the identifiers on this page."""

    def __init__(self, data: Any = None, *, targets: Sequence[Target]) -> None:
        self.targets = targets
        super().__init__(data)
        for target in targets:
            given = target.given if len(target.given) <= 40 else f"{target.given[:39]}…"
            self.fields[f"role{target.pk}"] = forms.ChoiceField(
                label=f"Person of {given}", choices=TargetRole.choices, initial=target.role
            )
            self.fields[f"note{target.pk}"] = forms.CharField(
                label=f"Note on {given}", max_length=NOTE, required=False, initial=target.note
            )
            for name in (f"role{target.pk}", f"note{target.pk}"):
                say_what_to_do(self.fields[name])
                read_plain_text(self.fields[name])

    def rows(self) -> Iterator[Row]:
        """The identifiers in order, each with its fields."""
        for target in self.targets:
            yield Row(target, self[f"role{target.pk}"], self[f"note{target.pk}"])

    def changes(self) -> dict[int, tuple[str, str]]:
        """Return role and note of the rows that the page held, by primary key; empty where nothing was changed."""
        found = {}
        for target in self.targets:
            if f"role{target.pk}" not in self.data:
                continue
            given = (self.cleaned_data[f"role{target.pk}"], self.cleaned_data[f"note{target.pk}"])
            if given != (target.role, target.note):
                found[target.pk] = given
        return found

    def full_clean(self) -> None:
        """Ask nothing of rows that were not on the page that was sent."""
        for target in self.targets:
            self.fields[f"role{target.pk}"].required = f"role{target.pk}" in self.data
        super().full_clean()
