"""The parts that only an enquiry or a freeze has: what an enquiry is for, and what is to be frozen or seized."""

from dataclasses import replace
from typing import Any

from django import forms

from foundation.core.forms import GovDateField, PortalForm, Radios
from foundation.core.identifiers import IdentifierKind, Network, read_identifier
from foundation.core.secret_boxes import HidesSecrets, mask_value
from requests_app.enums import FreezeAct
from requests_app.forms.draft import FactsForm, StepForm
from requests_app.kind_words import amount_words
from requests_app.models import DataRequest, FreezeOrder
from requests_app.services.orders import orders_of
from requests_app.services.preflight.facts import Facts
from requests_app.services.preflight.reading import freeze_facts_of


class EnquiryForm(FactsForm):
    """What an enquiry is for: less than a request for records says, because it asks for less."""

    needed = ("title", "case_number", "facts")

    def prepare(self) -> None:
        """Leave out what an enquiry does not need."""
        for name in ("offence", "connection", "certificate_form"):
            del self.fields[name]
        self.fields["title"].label = "Short name for this enquiry"
        self.fields["facts"].label = "What is the answer for?"
        self.fields["facts"].help_text = "What you investigate, and what you do next if the account is ours"


class AssetFields(HidesSecrets, PortalForm):
    """What is kept or transferred, how much, where to, and until when: as the order says it, whoever copies it."""

    act = forms.ChoiceField(
        label="What does the order say?", choices=FreezeAct.choices, required=False,
        widget=Radios(reveals={FreezeAct.TRANSFER.value: ["destination", "destination_network"]}),
    )  # fmt: skip
    destination = forms.CharField(
        label="Wallet of the authority", max_length=300, required=False,
        help_text="We call your agency back and compare it before anything is instructed",
    )  # fmt: skip
    destination_network = forms.ChoiceField(
        label="Network of this wallet", choices=[("", "Choose"), *Network.choices], required=False
    )
    asset = forms.CharField(
        label="Which asset?", max_length=100, required=False, help_text="For instance BTC, or all assets",
    )  # fmt: skip
    everything = forms.BooleanField(label="All of it", required=False)
    amount = forms.DecimalField(
        label="How much?", required=False, max_digits=38, decimal_places=18, min_value=0,
        help_text="In units of the asset, for instance 2.5. Leave empty if it is all of it",
    )  # fmt: skip
    expires_on = GovDateField(label="Until when does it hold?", required=False)
    endless = forms.BooleanField(label="Until further order: it names no day", required=False)

    def clean(self) -> dict[str, Any]:
        """Refuse what contradicts itself."""
        values = super().clean() or {}
        self._refuse_secret(values)
        if values.get("endless"):
            values["expires_on"] = None
        if values.get("act") != FreezeAct.TRANSFER:
            values["destination"] = values["destination_network"] = ""
        if values.get("amount") == 0:
            self.add_error("amount", "How much: it must be more than nothing")
        if values.get("amount") and values.get("everything"):
            self.add_error("amount", "How much: give an amount, or tick that it is all of it, not both")
        return values

    def ask_for_missing(self, values: dict[str, Any]) -> None:
        """Ask for what every order to freeze or seize must say: how much, until when, and where a transfer goes."""
        if not values.get("amount") and not values.get("everything") and "amount" not in self.errors:
            self.add_error("amount", "Give an amount, or tick that it is all of it")
        if not values.get("expires_on") and not values.get("endless") and "expires_on" not in self.errors:
            self.add_error("expires_on", "Give the last day, or tick that it holds until further order")
        if values.get("act") == FreezeAct.TRANSFER:
            self._needs_destination(values)

    def _refuse_secret(self, values: dict[str, Any]) -> None:
        """Store and show no private key, not even where the wallet is not asked for or the officer leaves for now."""
        typed = values.get("destination") or ""
        network = values.get("destination_network") or ""
        found = read_identifier(IdentifierKind.WALLET, typed, network=network) if typed else None
        if found is None or not (found.masked or mask_value(typed) != typed):
            return
        self.add_error("destination", f"Wallet of the authority: {found.why}")
        self.data = self.data.copy()
        self.data[self.add_prefix("destination")] = found.given

    def _needs_destination(self, values: dict[str, Any]) -> None:
        """Read the destination like any wallet: a wrong character would send the assets to nobody."""
        if "destination" in self.errors:
            return
        if not values.get("destination"):
            self.add_error("destination", "Give the wallet that the order names")
            return
        network = values.get("destination_network", "")
        found = read_identifier(IdentifierKind.WALLET, values["destination"], network=network)
        if found.why:
            self.add_error("destination", f"Wallet of the authority: {found.why}")
        else:
            values["destination"], values["destination_network"] = found.normalised, found.network


class AssetsForm(AssetFields, StepForm):
    """What an officer copies from the order about the assets."""

    needed = ("act", "asset")

    order = forms.ChoiceField(label="Which order says so?", required=False)
    field_order = ("lock_version", "act", "destination", "destination_network", "asset", "everything", "amount",
                   "expires_on", "endless", "order")  # fmt: skip

    def prepare(self) -> None:
        """Ask for the order only where there are several."""
        found = orders_of(self.draft)
        if len(found) < 2:
            del self.fields["order"]
            return
        field: Any = self.fields["order"]
        field.choices = [("", "Choose an order"), *((str(order.uid), str(order)) for order in found)]

    @classmethod
    def stored(cls, draft: DataRequest) -> dict[str, Any]:
        """Return what is stored of the freeze."""
        freeze = FreezeOrder.objects.filter(data_request=draft).select_related("process").first()
        if freeze is None:
            return {}
        names = ("act", "asset", "everything", "destination", "destination_network", "expires_on")
        return {name: getattr(freeze, name) for name in names} | {
            "amount": amount_words(freeze.amount),
            "endless": freeze.expires_on is None and bool(freeze.act),
            "order": str(freeze.process.uid) if freeze.process else "",
        }

    def clean(self) -> dict[str, Any]:
        """Ask for what the order must name, where the officer goes on."""
        values = super().clean()
        if not self.unfinished:
            self._needs(values)
        return values

    def _needs(self, values: dict[str, Any]) -> None:
        self.ask_for_missing(values)
        if values.get("expires_on") and values["expires_on"] < self.today:
            self.add_error("expires_on", "Until when does it hold: this is in the past. Check it")
        if "order" in self.fields and not values.get("order"):
            self.add_error("order", "Choose the order that says so")

    def values_for_later(self) -> dict[str, Any]:
        """Return amounts as numbers, and never both an amount and everything, which nothing can store."""
        values = super().values_for_later()
        amount = values.get("amount") or None
        values["amount"] = None if values.get("everything") else self.fields["amount"].to_python(amount)
        return values | {"everything": bool(values.get("everything")), "act": values.get("act") or ""}

    def overlay(self, facts: Facts) -> Facts:
        """Put what is typed in place."""
        given = self.cleaned_data
        values: dict[str, Any] = {
            "act": given.get("act", ""), "asset": given.get("asset", ""), "amount": given.get("amount"),
            "everything": bool(given.get("everything")), "destination": given.get("destination", ""),
            "network": given.get("destination_network", ""), "expires_on": given.get("expires_on"),
            "endless": bool(given.get("endless")),
        }  # fmt: skip
        return replace(facts, freeze=freeze_facts_of(**values))
