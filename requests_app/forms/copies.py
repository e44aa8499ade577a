"""A mark that was typed, or a file with one at its end."""

from typing import Any

from django import forms

from foundation.core.forms import PortalForm
from requests_app.services import copy_marks

_NONE = "Type a mark, or choose a file"


class CopyForm(PortalForm):
    """What a found copy says of itself."""

    # One of both is needed.
    mark_optional = False

    mark = forms.CharField(
        label="Mark",
        help_text="24 letters and digits, as the comment of the archive shows them",
        max_length=60,
        required=False,
    )
    upload = forms.FileField(
        label="Or the archive",
        help_text="Only its last bytes are read. Nothing of it is kept",
        required=False,
        allow_empty_file=True,
    )

    def clean_mark(self) -> str:
        """Return the mark as it is kept."""
        typed: str = self.cleaned_data["mark"]
        found = copy_marks.normalise_mark(typed) if typed else ""
        if found is None:
            raise forms.ValidationError("A mark has 24 letters and digits. Compare it with the archive")
        return found

    def clean_upload(self) -> str:
        """Return the mark at the end of the file."""
        upload = self.cleaned_data["upload"]
        if upload is None:
            return ""
        found = copy_marks.mark_in(upload.read())
        if found is None:
            raise forms.ValidationError("There is no mark at the end of this file. It may have been cut off")
        return found

    def clean(self) -> dict[str, Any]:
        """Ask for one of both; what was typed wins."""
        values = super().clean() or {}
        if not self.errors and not (values.get("mark") or values.get("upload")):
            self.add_error("mark", _NONE)
        return values

    @property
    def found(self) -> str:
        """Return the mark that was given, in one way or the other."""
        return str(self.cleaned_data["mark"] or self.cleaned_data["upload"])
