"""Who follows a hold."""

from django import forms

from foundation.core.forms import PortalForm


class FollowerForm(PortalForm):
    """A colleague of the same agency, by exact address."""

    email = forms.EmailField(
        label="Official e-mail address of your colleague", max_length=254,
        help_text="Exactly as your colleague signs in here",
    )  # fmt: skip
