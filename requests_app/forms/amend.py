"""What an officer adds to a request that is with us, or takes out of it."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.html import format_html

from foundation.core.forms import Checkboxes, GovDateField, PortalForm
from foundation.core.identifier_lines import MAX_LINES, read_lines, refused_lines, said_of_box
from foundation.core.identifiers import Identifier
from foundation.core.secret_boxes import HidesSecrets
from requests_app.enums import RECORD_CATEGORIES, TargetRole
from requests_app.forms.draft_scope import zone_choices
from requests_app.forms.plain_identifiers import read_anyhow
from requests_app.models import DataRequest, Target
from requests_app.services.amendments import Asked, usual_zone

_NO_ORDER = "Tick the box to say that you need these to prevent the harm. If you do not, leave them out"
_COVERED = "Tick the box to say that your order covers this. If it does not, send a new request"


class FactsForm(PortalForm):
    """More about the case."""

    text = forms.CharField(
        label="What do you want to add?", widget=forms.Textarea(attrs={"rows": 6}), max_length=6000,
        help_text="What you sent stays as it is. This is put below it with today's date",
    )  # fmt: skip


class AddIdentifiersForm(HidesSecrets, PortalForm):
    """More identifiers, one on each line."""

    lines = forms.CharField(
        label="One identifier on each line", widget=forms.Textarea(attrs={"rows": 5}),
        help_text="After an IP address put the date, time and time zone: 203.0.113.24 2026-06-04T23:47:10+02:00. "
        "For a transaction write txid,HASH,bitcoin",
    )  # fmt: skip
    role = forms.ChoiceField(label="What is the person in your case?", choices=TargetRole.choices)
    covered = forms.BooleanField(
        label="My order names these, or covers them", error_messages={"required": _COVERED}
    )  # fmt: skip

    def __init__(self, *args: Any, emergency: bool = False, **kwargs: Any) -> None:
        """Ask of an emergency, which has no order, whether these help to prevent the harm."""
        super().__init__(*args, **kwargs)
        self.fields["role"].initial = TargetRole.UNKNOWN
        self.emergency = emergency
        if emergency:
            self.fields["covered"].label = "I need these to prevent the harm"
            self.fields["covered"].error_messages["required"] = _NO_ORDER
        self.found: list[Identifier] = []
        self.refused: list[str] = []

    def clean_lines(self) -> str:
        """Read each line, and say at the field what is wrong with it."""
        text = str(self.cleaned_data["lines"])
        lines = text.splitlines()
        if len(lines) > MAX_LINES:
            raise forms.ValidationError(f"Add at most {MAX_LINES} identifiers at once")
        read = read_anyhow(read_lines(text)) if self.emergency else read_lines(text)
        self.refused = refused_lines(read)
        if self.refused:
            self.add_error("lines", said_of_box(self.refused))
        self.found = [item for _number, item in read if item.accepted]
        return text


class TakeOutIdentifiersForm(PortalForm):
    """Which identifiers go."""

    targets = forms.MultipleChoiceField(label="Take out", widget=Checkboxes())

    def __init__(self, *args: Any, targets: Sequence[Target], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        words = '{}: <span class="app-code">{}</span>'
        choices = [(str(t.pk), format_html(words, t.get_kind_display(), t.given)) for t in targets]
        self.fields["targets"].choices = choices  # type: ignore[attr-defined]


class AddRecordsForm(PortalForm):
    """One more kind of records, or one more period."""

    category = forms.ChoiceField(
        label="Records", choices=[("", "Choose"), *((c.value, c.label) for c in RECORD_CATEGORIES)]
    )
    first = GovDateField(label="First day", help_text="For example, 27 3 2026")
    last = GovDateField(label="Last day")
    zone = forms.ChoiceField(
        label="Time zone of these days", help_text="Days begin and end at midnight there. Take the one your order means"
    )
    covered = forms.BooleanField(
        label="My order covers these records for all identifiers", error_messages={"required": _COVERED}
    )

    def __init__(self, *args: Any, data_request: DataRequest, **kwargs: Any) -> None:
        """Offer the time zones of the step of the records, the one most used in the request first chosen."""
        super().__init__(*args, **kwargs)
        usual = usual_zone(data_request)
        self.fields["zone"].choices = zone_choices(data_request.agency.country, [usual])  # type: ignore[attr-defined]
        self.fields["zone"].initial = usual


class TakeOutRecordsForm(PortalForm):
    """Which records are asked for no longer."""

    records = forms.MultipleChoiceField(label="Take out", widget=Checkboxes())

    def __init__(self, *args: Any, asked: Sequence[Asked], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(a.key, a.full_words) for a in asked]
        self.fields["records"].choices = choices  # type: ignore[attr-defined]
