"""What an officer fills in to have records kept, page by page."""

from datetime import UTC, date, datetime
from typing import Any, ClassVar

from django import forms
from django.core.validators import validate_email
from django.db.models import QuerySet

from foundation.core.forms import Checkboxes, GovDateField, PortalForm, Radios
from foundation.core.identifier_lines import MAX_LINES, read_lines, refused_lines, said_of_box
from foundation.core.identifiers import Identifier
from foundation.core.secret_boxes import HidesSecrets
from foundation.documents.filetypes import CSV, XLSX
from foundation.documents.formfields import TakesUploads, UploadField
from foundation.legal.models import ProcessType
from foundation.providers.models import Provider
from preservation.enums import HeldCategory, HoldGround
from preservation.models import PreservationHold
from preservation.services import followers
from preservation.services.drafts import laws_offered


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


class ListForm(HidesSecrets, TakesUploads, PortalForm):
    """Many identifiers, one on each line, or as a file; each line is answered."""

    refused: list[str] = []

    paste = forms.CharField(
        label="One identifier on each line",
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text="Up to 500 lines. We work out the type. After an IP address put the date, time and time zone: "
        "203.0.113.24 2026-06-04T23:47:10+02:00. For a transaction write txid,HASH,bitcoin",
    )
    file = UploadField(
        label="Or choose a file",
        kinds=(CSV, XLSX),
        required=False,
        help_text="CSV or Excel (.xlsx), up to 500 lines. It is read and not kept",
    )

    def clean(self) -> dict[str, Any]:
        """Answer each line: the good ones can be added, the others say what is wrong."""
        values = super().clean() or {}
        lines = self.lines()
        if len(lines) > MAX_LINES:
            self.add_error("paste", f"Paste at most {MAX_LINES} lines at once")
        else:
            self.refused = refused_lines(enumerate((item for _number, item in lines if not item.accepted), 1))
        if self.refused:
            self.add_error("paste", said_of_box(self.refused))
        if not lines and not values.get("file") and not self.has_error("file"):
            self.add_error("paste", "Paste the identifiers, or choose a CSV or Excel file that is not empty")
        return values

    def lines(self) -> list[tuple[int, Identifier]]:
        """Return every line of the box that is not empty, with its number, as it is understood."""
        return read_lines(self._text())

    def good(self) -> list[Identifier]:
        """Return what can be added, also when other lines cannot."""
        lines = self.lines()
        return [item for _number, item in lines if item.accepted] if len(lines) <= MAX_LINES else []

    def keep_bad_lines(self) -> None:
        """Leave only the lines in the box that must be mended; the messages number these."""
        text = self._text().splitlines()
        found = [(number, item) for number, item in self.lines() if not item.accepted]
        bad = [item.given if item.masked else text[number - 1].strip() for number, item in found]
        data: Any = self.data
        self.data = data.copy()
        self.data[self.add_prefix("paste")] = "\n".join(bad)

    def _text(self) -> str:
        return str(self.data.get(self.add_prefix("paste"), "")).replace("\0", "")


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
    colleagues = forms.CharField(
        label="Colleagues to remind as well",
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Official addresses of officers of your agency with access here, one on each line. They read the "
        "hold and are reminded like you",
    )

    def __init__(self, data: Any = None, *, draft: PreservationHold, at: datetime) -> None:
        super().__init__(data, draft=draft, at=at)
        law: Any = self.fields["process_type"]
        law.queryset = laws_offered(draft.provider, draft.agency.country, at)
        law.label_from_instance = _law_label
        self.initial["colleagues"] = "\n".join(row.user.email for row in followers.standing(draft))
        self.initial["process_follows"] = {True: "yes", False: "no"}.get(draft.process_follows)  # type: ignore[arg-type]

    def clean_colleagues(self) -> list[str]:
        """Return the addresses, one of each line; whether anybody has them is known when it is saved."""
        found = [line.strip(" ,;<>") for line in self.cleaned_data["colleagues"].splitlines() if line.strip(" ,;<>")]
        wrong = [line for line in found if not _is_address(line)]
        if wrong:
            raise forms.ValidationError(f"Colleagues: {wrong[0]} is no e-mail address. Write one on each line")
        return found

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


def _is_address(text: str) -> bool:
    try:
        validate_email(text)
    except forms.ValidationError:
        return False
    return True


def _law_label(kind: ProcessType) -> str:
    days = f", {kind.preservation_days} days" if kind.preservation_days else ""
    return f"{kind.name} ({kind.jurisdiction}{days})"
