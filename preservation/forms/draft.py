"""What an officer fills in to have records kept, page by page."""

from datetime import UTC, date, datetime
from typing import Any, ClassVar

from django import forms
from django.db.models import QuerySet

from foundation.core.forms import Checkboxes, GovDateField, PortalForm, Radios
from foundation.core.identifier_lines import MAX_LINES, read_lines, refused_lines, said_of_box
from foundation.core.identifiers import Identifier, IdentifierKind, Network, read_identifier
from foundation.core.secret_boxes import HidesSecrets
from foundation.legal.models import ProcessType
from foundation.providers.models import Provider
from foundation.providers.policy import offered_types
from preservation.enums import HeldCategory, HoldGround
from preservation.models import PreservationHold


class StartForm(PortalForm):
    """The key makes two clicks one draft; the company is asked for where there are several."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    company = forms.ModelChoiceField(
        label="Which company holds the records?", queryset=Provider.objects.none(), empty_label="Choose a company"
    )

    def __init__(self, *args: Any, providers: QuerySet[Provider], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._providers = list(providers)
        if len(self._providers) == 1:
            del self.fields["company"]
        else:
            self.fields["company"].queryset = providers  # type: ignore[attr-defined]

    def provider(self) -> Provider:
        """Return the one company, or the one that was chosen."""
        chosen: Provider = self.cleaned_data.get("company") or self._providers[0]
        return chosen


class AgainForm(PortalForm):
    """The key makes two clicks one draft."""

    key = forms.UUIDField(widget=forms.HiddenInput)


class OneIdentifierForm(HidesSecrets, PortalForm):
    """One identifier."""

    kind = forms.ChoiceField(label="Type", choices=IdentifierKind.choices)
    value = forms.CharField(label="Identifier", max_length=300, help_text="An IP address with date, time and time zone")
    network = forms.ChoiceField(
        label="Network",
        choices=[("", "Not needed"), *Network.choices],
        required=False,
        help_text="Only for a wallet or a transaction",
    )
    detail = forms.CharField(
        label="Memo or tag, direction, output",
        max_length=80,
        required=False,
        help_text="For a wallet the memo or destination tag. For a transaction in or out, and the output, like out:1",
    )

    def clean(self) -> dict[str, Any]:
        """Read the identifier, and say at the field what is wrong with it."""
        values = super().clean() or {}
        if "kind" in values and "value" in values:
            on_network = values["kind"] in {IdentifierKind.WALLET, IdentifierKind.TXID}
            network, detail = (values.get(name, "") if on_network else "" for name in ("network", "detail"))
            found = read_identifier(values["kind"], values["value"], network=network, detail=detail)
            if found.accepted:
                values["found"] = found
            else:
                self.add_error("value", f"{IdentifierKind(found.kind).label}: {found.why}")
                if found.masked:
                    self.data = {**self.data.dict(), self.add_prefix("value"): ""}
        return values


class ListForm(HidesSecrets, PortalForm):
    """Many identifiers, one on each line; each line is answered."""

    refused: list[str] = []

    paste = forms.CharField(
        label="One identifier on each line",
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text="We work out the type. After an IP address put the date, time and time zone: "
        "203.0.113.24 2026-06-04T23:47:10+02:00. For a transaction write txid,HASH,bitcoin",
    )

    def clean_paste(self) -> str:
        """Answer each line: the good ones can be added, the others say what is wrong."""
        text: str = self.cleaned_data["paste"]
        lines = read_lines(text)
        if len(lines) > MAX_LINES:
            raise forms.ValidationError(f"Paste at most {MAX_LINES} lines at once")
        self.refused = refused_lines(enumerate((item for _number, item in lines if not item.accepted), 1))
        if self.refused:
            raise forms.ValidationError(said_of_box(self.refused))
        return text

    def good(self) -> list[Identifier]:
        """Return what can be added, also when other lines cannot."""
        lines = read_lines(self._text())
        return [item for _number, item in lines if item.accepted] if len(lines) <= MAX_LINES else []

    def keep_bad_lines(self) -> None:
        """Leave only the lines in the box that must be mended; the messages number these."""
        text = self._text().splitlines()
        found = [(number, item) for number, item in read_lines(self._text()) if not item.accepted]
        bad = [item.given if item.masked else text[number - 1].strip() for number, item in found]
        self.data = {**self.data.dict(), self.add_prefix("paste"): "\n".join(bad)}

    def _text(self) -> str:
        return str(self.data.get(self.add_prefix("paste"), ""))


class StepForm(PortalForm):
    """A part of a draft, with the version of the draft that the page showed."""

    lock_version = forms.IntegerField(widget=forms.HiddenInput)
    stored: ClassVar[tuple[str, ...]] = ()

    def __init__(self, data: Any = None, *, draft: PreservationHold, at: datetime) -> None:
        self.draft, self.at = draft, at
        initial = {name: getattr(draft, name) for name in self.stored} | {"lock_version": draft.lock_version}
        super().__init__(data, initial=initial)

    @property
    def today(self) -> date:
        """The day in UTC."""
        return self.at.astimezone(UTC).date()

    def show_again(self, version: int) -> None:
        """Make the same answers saveable over what is stored now."""
        data: Any = self.data
        self.data = data.copy()
        self.data["lock_version"] = str(version)  # type: ignore[index]


class RecordsForm(StepForm):
    """Which records, from when to when."""

    stored = ("categories", "period_from", "period_to")

    categories = forms.MultipleChoiceField(
        label="Which records should we keep?", choices=HeldCategory.choices, widget=Checkboxes()
    )
    period_from = GovDateField(label="First day", help_text="For example, 1 3 2026. Days begin and end in UTC")
    period_to = GovDateField(label="Last day", help_text="Not after today. A hold keeps what exists now")

    def clean(self) -> dict[str, Any]:
        """Refuse a period that ends before it begins, or in the future."""
        values = super().clean() or {}
        first, last = values.get("period_from"), values.get("period_to")
        if first and last and last < first:
            self.add_error("period_to", "Last day: this is before the first day")
        elif last and last > self.today:
            self.add_error("period_to", "Last day: this is after today. Records of the future cannot be kept")
        return values


class ReasonForm(StepForm):
    """On what ground, for which case, and what comes next."""

    stored = ("title", "case_number", "ground", "process_type", "process_follows_by")

    title = forms.CharField(
        label="Short name for this hold",
        max_length=150,
        required=False,
        help_text="So that you find it again, like the name of the operation. No names of people",
    )
    case_number = forms.CharField(label="Your case number", max_length=100)
    ground = forms.ChoiceField(
        label="On what ground do you ask?",
        choices=[
            (HoldGround.POLICY.value, "Without an order, under the company's policy"),
            (HoldGround.LAW.value, "Under a law that lets you demand preservation"),
        ],
        widget=Radios(reveals={HoldGround.LAW.value: ["process_type"]}),
    )
    process_type = forms.ModelChoiceField(
        label="Which law?", queryset=ProcessType.objects.none(), required=False, empty_label="Choose the law"
    )
    process_follows = forms.ChoiceField(
        label="Will legal process follow?",
        choices=[("yes", "Yes, I expect an order or a treaty request"), ("no", "I do not know yet")],
        widget=Radios(reveals={"yes": ["process_follows_by"]}),
    )
    process_follows_by = GovDateField(label="By when, as far as you know", required=False)

    def __init__(self, data: Any = None, *, draft: PreservationHold, at: datetime) -> None:
        super().__init__(data, draft=draft, at=at)
        offered = offered_types(draft.provider, draft.agency.country, at)
        types = offered.filter(is_preservation=True, stop_screen=False)
        law: Any = self.fields["process_type"]
        law.queryset = types
        law.label_from_instance = _law_label
        self.initial["process_follows"] = {True: "yes", False: "no"}.get(draft.process_follows)  # type: ignore[arg-type]

    def clean(self) -> dict[str, Any]:
        """Ask for the law only under that ground, and keep no law or date that does not belong."""
        values = super().clean() or {}
        if values.get("ground") == HoldGround.LAW:
            if not values.get("process_type") and "process_type" not in self.errors:
                self.add_error("process_type", "Which law? Choose it from the list, or choose the company's policy")
        else:
            values["process_type"] = None
        values["process_follows"] = values.get("process_follows") == "yes"
        by = values.get("process_follows_by") if values["process_follows"] else None
        if by and by < self.today:
            self.add_error("process_follows_by", "By when: this is in the past. Check it")
        values["process_follows_by"] = by
        return values


class SendForm(PortalForm):
    """The version of the draft whose answers were on the page."""

    lock_version = forms.IntegerField(widget=forms.HiddenInput)


def _law_label(kind: ProcessType) -> str:
    days = f", {kind.preservation_days} days" if kind.preservation_days else ""
    return f"{kind.name} ({kind.jurisdiction}{days})"
