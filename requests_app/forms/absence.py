"""Days on which somebody is away, and who stands in."""

from collections.abc import Iterable
from typing import Any

from django import forms

from accounts.models import User
from foundation.core.forms import GovDateField, PortalForm


class AbsenceForm(PortalForm):
    """First and last day, both included, and the deputy; whose absence it is where somebody manages people."""

    person = forms.ChoiceField(label="Who is away?")
    first = GovDateField(label="First day away", help_text="For example, 21 12 2026")
    last = GovDateField(label="Last day away", help_text="Included. For example, 3 1 2027")
    deputy = forms.ChoiceField(
        label="Who stands in?", required=False,
        help_text="Somebody with the same rights. Reminders about the requests go to them too",
    )  # fmt: skip

    def __init__(self, *args: Any, people: Iterable[User], deputies: Iterable[User], **kwargs: Any) -> None:
        """With one person there is no choice of whose absence it is."""
        self.people = {str(one.pk): one for one in people}
        self.deputies = {str(one.pk): one for one in deputies}
        super().__init__(*args, **kwargs)
        if len(self.people) == 1:
            del self.fields["person"]
        else:
            named = [(pk, one.get_full_name()) for pk, one in self.people.items()]
            self.fields["person"].choices = named  # type: ignore[attr-defined]
        others = [(pk, one.get_full_name()) for pk, one in self.deputies.items()]
        self.fields["deputy"].choices = [("", "Nobody"), *others]  # type: ignore[attr-defined]

    @property
    def who(self) -> User:
        """Whose absence it is."""
        only = next(iter(self.people))
        return self.people[self.cleaned_data.get("person", only)]

    @property
    def stands_in(self) -> User | None:
        """The deputy, if one was chosen."""
        return self.deputies.get(self.cleaned_data["deputy"])
