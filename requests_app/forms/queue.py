"""What is typed beside the queue: the name of a view that is kept."""

from django import forms

from foundation.core.forms import PortalForm
from requests_app.services.saved_views import NAME_LENGTH


class ViewNameForm(PortalForm):
    """What a view of the queue is called."""

    name = forms.CharField(
        label="Name of the view",
        help_text=f"At most {NAME_LENGTH} characters. Only you see it. Name no person and no case",
        # Longer ones are refused by the service: a browser that counts along would cut them without a word.
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "Enter a name for this view"},
    )
