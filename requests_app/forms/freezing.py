"""What was done about a freeze or seizure, line by line."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.utils import timezone

from foundation.core.forms import InstantField, PortalForm, Radios
from requests_app.enums import FreezeExtent
from requests_app.models import FreezeResult, RequestLine
from requests_app.services.freezing import Done

_DIGITS: dict[str, Any] = {"max_digits": 38, "decimal_places": 18, "min_value": 0, "required": False}


@dataclass(frozen=True)
class ResultRow:
    """One account as the page draws it."""

    number: int
    line: RequestLine
    extent: BoundField
    balance: BoundField
    amount: BoundField
    done_at: BoundField
    note: BoundField


class FreezeResultForm(PortalForm):
    """One set of fields for each line that is carried out; amounts are in units of the asset."""

    def __init__(
        self,
        data: Any = None,
        *,
        lines: Sequence[tuple[int, RequestLine]],
        stored: dict[int, FreezeResult],
        asset: str,
    ) -> None:
        self.lines = lines
        super().__init__(data)
        for number, line in lines:
            self._add(number, line, stored.get(line.pk), asset)

    def _add(self, number: int, line: RequestLine, known: FreezeResult | None, asset: str) -> None:
        one = f"line{line.pk}_"
        fields: dict[str, forms.Field] = {
            "extent": forms.ChoiceField(
                label="What could be done?", choices=FreezeExtent.choices, widget=Radios(inline=True, small=True),
                initial=known.extent if known else None,
            ),
            "balance": forms.DecimalField(
                label=f"Balance found, in {asset}", initial=_plain(known and known.balance), **_DIGITS
            ),
            "amount": forms.DecimalField(
                label=f"Frozen or transferred, in {asset}", initial=_plain(known and known.amount), **_DIGITS
            ),
            "done_at": InstantField(
                label="When was it done?", help_text="For example, 2026-06-04 14:30 Z",
                initial=known.done_at if known else timezone.now().replace(second=0, microsecond=0),
            ),
            "note": forms.CharField(
                label="Note", max_length=300, required=False, initial=known.note if known else "",
                help_text="The officer reads this. Leave out what is only ours",
            ),
        }  # fmt: skip
        for name, field in fields.items():
            field.error_messages["required"] = f"Line {number}: {_MISSING.get(name, 'enter it')}"
            self.fields[one + name] = field

    def rows(self) -> Iterator[ResultRow]:
        """The lines in order, each with its fields."""
        for number, line in self.lines:
            parts = (self[f"line{line.pk}_{part}"] for part in ("extent", "balance", "amount", "done_at", "note"))
            yield ResultRow(number, line, *parts)

    def results(self) -> dict[int, Done]:
        """Return what was typed, by line."""
        given = self.cleaned_data
        names = ("extent", "done_at", "balance", "amount", "note")
        return {line.pk: Done(*(given[f"line{line.pk}_{name}"] for name in names)) for _number, line in self.lines}


_MISSING = {
    "extent": "say whether it was done in full, in part, or nothing was there",
    "done_at": "enter when it was done",
}


def _plain(amount: Any) -> str | None:
    """Write a stored amount as somebody would type it."""
    return f"{amount:f}".rstrip("0").rstrip(".") if amount else None
