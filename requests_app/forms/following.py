"""Who follows a request, who takes it over, and for which desk it is; and what staff say to it."""

from collections.abc import Iterable
from typing import Any

from django import forms

from accounts.models import Desk, User
from foundation.core.forms import PortalForm

_WIDE = {"class": "govuk-!-width-full"}


class _ChoosesOne(PortalForm):
    """A choice of one person by name; addresses stand beside the names where two are alike."""

    people: dict[str, User]

    def _offer(self, name: str, people: Iterable[User]) -> None:
        self.people = {str(person.pk): person for person in people}
        choices = [(pk, f"{person.get_full_name()}, {person.email}") for pk, person in self.people.items()]
        self.fields[name].choices = [("", "Choose"), *choices]  # type: ignore[attr-defined]


class ColleagueForm(_ChoosesOne):
    """A colleague of the same agency who follows at once."""

    colleague = forms.ChoiceField(label="Colleague", widget=forms.Select(attrs=_WIDE))

    def __init__(self, *args: Any, colleagues: Iterable[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._offer("colleague", colleagues)

    @property
    def chosen(self) -> User:
        """The person who was chosen."""
        return self.people[self.cleaned_data["colleague"]]


class AddressForm(PortalForm):
    """Somebody by official address: a colleague, or an officer of another agency with the ground."""

    email = forms.EmailField(label="Official e-mail address", max_length=254)
    ground = forms.CharField(
        label="Needed when your colleague works for another agency", max_length=300, required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="The passage of your order, with its page, or the name of the agreement between the agencies",
    )  # fmt: skip


class DeskForm(PortalForm):
    """For which desk a request is."""

    desk = forms.ChoiceField(label="Desk", required=False, widget=forms.Select(attrs=_WIDE))
    mark_optional = False

    def __init__(self, *args: Any, desks: Iterable[Desk], **kwargs: Any) -> None:
        self.desks = {str(desk.pk): desk for desk in desks}
        super().__init__(*args, **kwargs)
        choices = [(pk, desk.name) for pk, desk in self.desks.items()]
        self.fields["desk"].choices = [("", "No desk: only me"), *choices]  # type: ignore[attr-defined]

    @property
    def chosen(self) -> Desk | None:
        """The desk that was chosen, or None."""
        return self.desks.get(self.cleaned_data["desk"])


class HandOverForm(_ChoosesOne):
    """Who has a request from now on."""

    to = forms.ChoiceField(label="New officer", widget=forms.Select(attrs=_WIDE))
    reason = forms.CharField(
        label="Reason", max_length=300, required=False,
        help_text="We and the trail keep it. For example: I change to another unit",
    )  # fmt: skip

    def __init__(self, *args: Any, candidates: Iterable[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._offer("to", candidates)

    @property
    def chosen(self) -> User:
        """The person who was chosen."""
        return self.people[self.cleaned_data["to"]]


class AgreementForm(PortalForm):
    """What staff say to somebody of another agency who follows, or to a new officer."""

    reason = forms.CharField(
        label="Reason", max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Needed to decline. The officer reads it: name no colleague, and nobody of another agency",
    )  # fmt: skip
    mark_optional = False
