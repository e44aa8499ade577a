"""What the desk searches for."""

from django import forms

from foundation.core.forms import PortalForm
from foundation.core.secret_boxes import mask_value
from requests_app.search_terms import LONGEST, SHORTEST


class SearchForm(PortalForm):
    """One box for everything somebody knows of a request; a private key in it is not drawn again."""

    # A name of accounts.kept_forms.NOT_TYPED: what is searched for is kept nowhere else.
    search = forms.CharField(
        label="Search all requests",
        help_text="Reference, identifier or a part of it, officer, agency, case number, or words",
        min_length=SHORTEST,
        max_length=LONGEST,
        widget=forms.TextInput(
            attrs={"type": "search", "autocomplete": "off", "spellcheck": "false", "class": "govuk-!-width-two-thirds"}
        ),
        error_messages={
            "required": "Enter what to search for",
            "min_length": f"Enter at least {SHORTEST} characters",
        },
    )

    def hide(self) -> None:
        """Draw what was typed without any private key or seed phrase in it."""
        self.data = self.data.copy()  # type: ignore[attr-defined]
        self.data["search"] = mask_value(str(self.data.get("search", "")))  # type: ignore[index]
