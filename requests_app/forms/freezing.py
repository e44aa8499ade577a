"""What was done about a freeze or seizure, line by line."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.utils import timezone

from foundation.core.forms import InstantField, PortalForm, Radios
from requests_app.enums import FreezeExtent
from requests_app.kind_words import amount_words, one_asset
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
    unknown: BoundField
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
        unit = asset if one_asset(asset) else "the unit that the note names"
        fields: dict[str, forms.Field] = {
            "extent": forms.ChoiceField(
                label="What could be done?", choices=FreezeExtent.choices, widget=Radios(inline=True, small=True),
                initial=known.extent if known else None,
            ),
            "balance": forms.DecimalField(
                label=f"Balance found, in {unit}", initial=_plain(known.balance if known else None), **_DIGITS,
                help_text="What was there when it was done. 0 if there was none",
            ),
            "unknown": forms.BooleanField(
                label="The balance is not known. The note says why", required=False,
                initial=known is not None and known.balance is None,
            ),
            "amount": forms.DecimalField(
                label=f"Frozen or transferred, in {unit}", initial=_plain(known.amount if known else None), **_DIGITS
            ),
            "done_at": InstantField(
                label="When was it done?", help_text="For example, 2026-06-04 14:30 Z",
                initial=known.done_at if known else timezone.now().replace(second=0, microsecond=0),
            ),
            "note": forms.CharField(
                label="Note", max_length=300, required=False, initial=known.note if known else "",
                help_text=_NOTE if one_asset(asset) else _NOTE_OF_SEVERAL,
            ),
        }  # fmt: skip
        for name, field in fields.items():
            field.error_messages["required"] = f"Line {number}: {_MISSING.get(name, 'enter it')}"
            self.fields[one + name] = field

    def rows(self) -> Iterator[ResultRow]:
        """The lines in order, each with its fields."""
        for number, line in self.lines:
            yield ResultRow(number, line, *(self[f"line{line.pk}_{part}"] for part in _PARTS))

    def results(self) -> dict[int, Done]:
        """Return what was typed, by line."""
        given = self.cleaned_data
        return {
            line.pk: Done(**{part: given[f"line{line.pk}_{part}"] for part in _PARTS}) for _number, line in self.lines
        }


class ClearReadOutsForm(PortalForm):
    """Why a transfer goes on though the agency named another destination more than once."""

    why = forms.CharField(
        label="Why the transfer may go on",
        help_text="What you found out, and from whom. It stays in the audit log",
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=2000,
        error_messages={"required": "Write why the transfer may go on"},
    )


_NOTE = "The officer reads this. Leave out what is only ours"
_NOTE_OF_SEVERAL = "The officer reads this: each asset, its balance and what was done, and the unit of the numbers"
_PARTS = ("extent", "balance", "unknown", "amount", "done_at", "note")
_MISSING = {
    "extent": "say whether it was done in full, in part, or nothing was there",
    "done_at": "enter when it was done",
}


def _plain(amount: Decimal | None) -> str | None:
    """Write a stored amount as somebody would type it; none at all is not the same as nothing."""
    return None if amount is None else amount_words(amount)
