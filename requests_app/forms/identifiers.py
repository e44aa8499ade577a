"""Identifiers as an officer types or pastes them."""

from typing import Any

from django import forms
from django.http import QueryDict

from foundation.core.forms import PortalForm
from foundation.core.identifier_lines import MAX_LINES, read_lines
from foundation.core.identifiers import Identifier, IdentifierKind, Network, read_identifier
from requests_app.enums import TargetRole

_WIDE = {"class": "govuk-!-width-full"}
_ROLE_LABEL = "What is the person in your case?"


class AddIdentifierForm(PortalForm):
    """One identifier."""

    kind = forms.ChoiceField(label="Type", choices=IdentifierKind.choices, widget=forms.Select(attrs=_WIDE))
    network = forms.ChoiceField(
        label="Network", widget=forms.Select(attrs=_WIDE), choices=[("", "Not needed"), *Network.choices],
        required=False, help_text="Only for a wallet or a transaction",
    )  # fmt: skip
    value = forms.CharField(label="Identifier", max_length=300, help_text="An IP address with date, time and time zone")
    role = forms.ChoiceField(label=_ROLE_LABEL, choices=TargetRole.choices, initial=TargetRole.UNKNOWN)

    def clean(self) -> dict[str, Any]:
        """Read the identifier, and say at the field what is wrong with it."""
        values = super().clean() or {}
        if "kind" in values and "value" in values:
            network = values.get("network", "") if values["kind"] in {"wallet", "txid"} else ""
            found = read_identifier(values["kind"], values["value"], network=network)
            if found.accepted:
                values["found"] = found
            else:
                self.add_error("value", f"{IdentifierKind(found.kind).label}: {found.why}")
        return values


class PasteForm(PortalForm):
    """Many identifiers, one on each line."""

    paste = forms.CharField(
        label="One identifier on each line", widget=forms.Textarea(attrs={"rows": 6}),
        help_text="We work out the type. After an IP address put the date, time and time zone: "
        "203.0.113.24 2026-06-04T23:47:10+02:00. For a transaction write txid,HASH,bitcoin",
    )  # fmt: skip
    role = forms.ChoiceField(label=_ROLE_LABEL, choices=TargetRole.choices, initial=TargetRole.UNKNOWN)

    def clean(self) -> dict[str, Any]:
        """Answer each line: the good ones are found, the others stay in the box with what is wrong."""
        values = super().clean() or {}
        if self._too_many():
            self.add_error("paste", f"Paste at most {MAX_LINES} lines at once")
            return values
        for number, item in enumerate(self._bad(), 1):
            self.add_error("paste", f"Line {number}, {item.given[:60]}: {item.why}")
        return values

    def good(self) -> list[Identifier]:
        """Return what can be added, also when other lines cannot."""
        return [] if self._too_many() else [item for _number, item in self._lines() if item.accepted]

    def keep_bad_lines(self) -> None:
        """Leave only the lines in the box that must be mended; the messages number these."""
        text = self._text().splitlines()
        bad = [text[number - 1].strip() for number, item in self._lines() if not item.accepted]
        data = QueryDict(mutable=True)
        data.update({key: str(value) for key, value in self.data.items()})
        data[self.add_prefix("paste")] = "\n".join(bad)
        self.data = data

    def _text(self) -> str:
        return str(self.data.get(self.add_prefix("paste"), ""))

    def _lines(self) -> list[tuple[int, Identifier]]:
        return read_lines(self._text())

    def _too_many(self) -> bool:
        return len(self._text().splitlines()) > MAX_LINES

    def _bad(self) -> list[Identifier]:
        return [item for _number, item in self._lines() if not item.accepted]
