"""The form of what a person chooses about messages."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.services.message_choices import Choices
from foundation.core.forms import PortalForm, Radios
from foundation.legal.calendars import offered_zones
from foundation.notifications.enums import Digest
from foundation.notifications.languages import LANGUAGES, nearest


class ChoicesForm(PortalForm):
    """Digest, language and time zone of one person."""

    digest = forms.ChoiceField(
        label=_("How often do you want ordinary messages by mail?"),
        choices=Digest.choices,
        widget=Radios(
            hints={
                Digest.DAILY: str(_("At 7:00 in your time zone, if there is anything")),
                Digest.WEEKLY: str(_("At 7:00 in your time zone, if there is anything")),
            }
        ),
    )
    language = forms.ChoiceField(
        label=_("Language of mails"),
        choices=list(LANGUAGES.items()),
        help_text=_("For mails from now on. What there is only in English comes in English. Pages are in English"),
    )
    time_zone = forms.ChoiceField(label=_("Your time zone"), help_text=_("Mails and pages show your time beside UTC"))

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        initial = {"digest": user.digest, "language": nearest(user.language), "time_zone": user.time_zone}
        super().__init__(*args, initial=initial, **kwargs)
        # An older name of a zone stays until another is chosen.
        zones = ["UTC", *sorted({*offered_zones(), user.time_zone} - {"UTC"})]
        self.fields["time_zone"].choices = [(zone, zone.replace("_", " ")) for zone in zones]  # type: ignore[attr-defined]

    @property
    def chosen(self) -> Choices:
        """What was chosen, once the form is valid."""
        said = self.cleaned_data
        return Choices(said["digest"], said["language"], said["time_zone"])
