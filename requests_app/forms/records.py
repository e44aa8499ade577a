"""What staff type in about records and notices."""

from collections.abc import Sequence
from typing import Any

from django import forms

from foundation.core.forms import PortalForm
from foundation.documents.formfields import TakesUploads, UploadField
from requests_app.enums import RecallCause
from requests_app.models import RequestLine

# What people say themselves. The system alone says that an objection was upheld.
_RECALLING = frozenset(RecallCause) - {RecallCause.OBJECTION, RecallCause.OTHER_LINES}
_STOPPING = frozenset(RecallCause) - {RecallCause.OBJECTION}


class StopForm(PortalForm):
    """Why a package is stopped: one that could be downloaded is called back, another one only dropped."""

    cause = forms.ChoiceField(label="Why is it recalled?")
    reason = forms.CharField(
        label="Why now?",
        help_text="Only staff read this",
        widget=forms.Textarea(attrs={"rows": 2}),
        max_length=1000,
    )

    def __init__(self, *args: Any, released: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["cause"]
        causes = [cause for cause in RecallCause if cause in (_RECALLING if released else _STOPPING)]
        # Nothing is chosen beforehand: the cause decides whether 72 hours run.
        field.choices = [("", "Choose"), *((str(cause), cause.label) for cause in causes)]
        if not released:
            field.label = "Why is it stopped?"


class ReleaseForm(PortalForm):
    """Why a package leaves before the certificate that was asked for is signed, where it does."""

    certificate_follows = forms.CharField(
        label="Why does the certificate follow later?",
        help_text="Only staff read this. The officer reads that it follows. Leave it empty to wait for the signature",
        widget=forms.Textarea(attrs={"rows": 2}),
        max_length=1000,
        required=False,
    )


class StartForm(PortalForm):
    """Which granted lines go into the next package: those ticked, or with the other button all that are left."""

    part = forms.MultipleChoiceField(label="Lines", required=False)
    action = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, lines: Sequence[RequestLine] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._lines = {str(line.uid): line for line in lines}
        field: Any = self.fields["part"]
        field.choices = [(key, key) for key in self._lines]
        field.error_messages["invalid_choice"] = "What you chose is not granted any more. Look again at what is left."

    def clean(self) -> dict[str, Any]:
        """See that something is ticked, where only that is wanted."""
        given = super().clean() or {}
        if given.get("action") == "ticked" and not given.get("part") and "part" not in self.errors:
            self.add_error("part", "Tick what goes into this package.")
        return given

    @property
    def chosen(self) -> list[RequestLine] | None:
        """Return the lines that were ticked; None for all that are left."""
        if self.cleaned_data["action"] != "ticked":
            return None
        return [self._lines[key] for key in self.cleaned_data["part"]]


class TakeBackForm(PortalForm):
    """Why a package that nobody could download is dropped."""

    reason = forms.CharField(
        label="Why is it taken back?",
        help_text="Only staff read this",
        widget=forms.Textarea(attrs={"rows": 2}),
        max_length=1000,
    )


class TakeOutForm(PortalForm):
    """What is taken out of a collected file, and why: the rows that lie outside, where it has such, or all of it."""

    extent = forms.ChoiceField(label="What is taken out?", widget=forms.RadioSelect)
    reason = forms.CharField(
        label="Why is it taken out?",
        help_text="Only staff read this. The manifest says what was taken out, and not why",
        widget=forms.Textarea(attrs={"rows": 2}),
        max_length=1000,
    )

    def __init__(self, *args: Any, rows: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["extent"]
        outside = [("rows", f"The {rows} rows that lie outside" if rows > 1 else "The row that lies outside")]
        field.choices = [*(outside if rows else []), ("file", "The whole file")]
        if not rows:
            field.initial = "file"

    @property
    def is_whole(self) -> bool:
        """Whether the whole file is taken out."""
        return bool(self.cleaned_data["extent"] == "file")


class RemoveRecordForm(PortalForm):
    """Why a file that was added by hand is taken out again."""

    reason = forms.CharField(
        label="Why is it taken out?",
        help_text="Only staff read this",
        widget=forms.Textarea(attrs={"rows": 2}),
        max_length=1000,
    )


class WaiverForm(PortalForm):
    """Why an account holder must never be told."""

    reason = forms.CharField(
        label="Why must the account holder never be told?",
        help_text="For example, a child at risk, or a threat to life. A second person decides",
        widget=forms.Textarea(attrs={"rows": 2}),
        max_length=1000,
    )


class AddRecordForm(TakesUploads, PortalForm):
    """A file that a person adds to what was granted, and why it does not come from the company's systems."""

    line = forms.ChoiceField(label="What does it answer?", help_text="Only what was granted can be answered")
    source = forms.CharField(
        label="Where does it come from?",
        help_text="For example, identity archive, scan of the paper file. The officer reads this in the manifest",
        max_length=120,
    )
    justification = forms.CharField(
        label="Why is it added by hand?",
        help_text="Only staff read this",
        widget=forms.Textarea(attrs={"rows": 2}),
        max_length=1000,
    )
    upload = UploadField(label="File", limit="UPLOAD_LIMIT_STAFF")

    def __init__(self, *args: Any, lines: Sequence[tuple[RequestLine, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._lines = {str(line.uid): line for line, _words in lines}
        field: Any = self.fields["line"]
        field.choices = [("", "Choose"), *((str(line.uid), words) for line, words in lines)]

    def clean_line(self) -> RequestLine:
        """Return the line itself."""
        return self._lines[self.cleaned_data["line"]]
