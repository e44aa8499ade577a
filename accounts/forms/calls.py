"""What every form about a call asks: by which number of the directory, or which other listed way."""

from collections.abc import Collection
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.enums import CallWay
from accounts.models import AgencyNumber
from accounts.status_words import readable_number
from foundation.core.forms import PortalForm, Radios


class WayForm(PortalForm):
    """The way to the agency: only numbers of the directory are offered, and the listed other ways."""

    way = forms.ChoiceField(label=_("How you reached them"), widget=Radios(small=True))

    def __init__(self, *args: Any, numbers: list[AgencyNumber], never: Collection[str] = (), **kwargs: Any) -> None:
        """Offer the numbers and the listed ways; never: those of the ways that are too slow for what this is about."""
        super().__init__(*args, **kwargs)
        self.numbers = {f"number-{number.pk}": number for number in numbers}
        listed = [(key, _named(number)) for key, number in self.numbers.items()]
        self.fields["way"].choices = [*listed, *((way, words) for way, words in CallWay.choices if way not in never)]  # type: ignore[attr-defined]

    @property
    def number(self) -> AgencyNumber | None:
        """The number of the directory that was called."""
        return self.numbers.get(self.cleaned_data["way"])

    @property
    def alternative(self) -> str:
        """The listed way that was used instead of a number."""
        return "" if self.number else str(self.cleaned_data["way"])


def _named(number: AgencyNumber) -> str:
    return f"{readable_number(number.number)}, {number.label}" if number.label else readable_number(number.number)
