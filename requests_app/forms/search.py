"""What the desk searches for."""

from django import forms

from foundation.core.forms import PortalForm
from foundation.core.secret_boxes import HidesSecrets
from requests_app.search_terms import LONGEST, SHORTEST


class SearchForm(HidesSecrets, PortalForm):
    """One box for everything somebody knows of a request; a private key in it is not drawn again."""

    # A name of foundation.core.secret_boxes: no private key and no card number in it is kept or drawn again.
    lines = forms.CharField(
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
