"""The form for one identifier, with what its kind needs: the same for requests and for holds."""

from typing import Any

from django import forms
from django.http import QueryDict

from foundation.core.forms import PortalForm
from foundation.core.identifiers import IdentifierKind, Network, read_identifier
from foundation.core.secret_boxes import HidesSecrets

_WIDE = {"class": "govuk-!-width-full"}
_CHAIN = (IdentifierKind.WALLET, IdentifierKind.TXID)


class IdentifierForm(HidesSecrets, PortalForm):
    """One identifier; cleaned_data["found"] is what was read, where it can be used."""

    kind = forms.ChoiceField(label="Type", choices=IdentifierKind.choices, widget=forms.Select(attrs=_WIDE))
    value = forms.CharField(label="Identifier", max_length=300)
    network = forms.ChoiceField(
        label="Network", widget=forms.Select(attrs=_WIDE), choices=[("", "Choose"), *Network.choices],
        required=False, help_text="Only for a wallet or a transaction",
    )  # fmt: skip
    memo = forms.CharField(
        label="Memo or destination tag", max_length=100, required=False,
        help_text="Only for a wallet, where the network uses one",
    )  # fmt: skip
    direction = forms.ChoiceField(
        label="Direction", widget=forms.Select(attrs=_WIDE), required=False,
        choices=[("", "Not known"), ("in", "To the account"), ("out", "From the account")],
        help_text="Only for a transaction",
    )  # fmt: skip
    output = forms.IntegerField(
        label="Output number", required=False, min_value=0, max_value=99_999,
        widget=forms.TextInput(attrs={"inputmode": "numeric"}), help_text="Only for a transaction, where you know it",
    )  # fmt: skip
    used = forms.CharField(
        label="Date, time and time zone", max_length=60, required=False,
        help_text="Only for an IP address: 2026-06-04 23:47:10 +02:00",
    )  # fmt: skip
    port = forms.IntegerField(
        label="Port", required=False, min_value=1, max_value=65_535,
        widget=forms.TextInput(attrs={"inputmode": "numeric"}), help_text="Only for an IP address, where you know it",
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        """Read the identifier, and say at the field what is wrong with it."""
        values = super().clean() or {}
        kind = values.get("kind", "")
        if kind in _CHAIN and not values.get("network"):
            self.add_error("network", "Network: choose the one it is on, for example Bitcoin")
        if self.errors or "value" not in values:
            return values
        network = values["network"] if kind in _CHAIN else ""
        found = read_identifier(kind, _with_time(values), network=network, detail=_detail(values))
        if found.accepted:
            values["found"] = found
        else:
            self.add_error("value", f"{IdentifierKind(kind).label}: {found.why}")
            if found.masked:  # a secret is not shown a second time
                self.data = {**self.data.dict(), "value": found.given} if isinstance(self.data, QueryDict) else {}
        return values


def _detail(values: dict[str, Any]) -> str:
    """Write what stands beside the bare value in one piece."""
    if values["kind"] == IdentifierKind.WALLET:
        return str(values.get("memo") or "")
    if values["kind"] == IdentifierKind.TXID:
        number = values.get("output")
        return ":".join(part for part in (values.get("direction"), "" if number is None else str(number)) if part)
    return ""


def _with_time(values: dict[str, Any]) -> str:
    """Put port and time behind an IP address, where they were typed in fields of their own."""
    text, port = str(values["value"]).strip(), values.get("port")
    if values["kind"] != IdentifierKind.IP:
        return text
    if port and " " not in text:
        text = f"[{text.strip('[]')}]:{port}" if text.count(":") > 1 else f"{text}:{port}"
    return f"{text} {values['used']}" if values.get("used") else text
