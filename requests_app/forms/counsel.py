"""What is asked of counsel and answered, what two requests are to each other, and what came of an alarm."""

from collections.abc import Iterable
from typing import Any

from django import forms

from accounts.models import User
from foundation.core.forms import PortalForm, Radios
from requests_app.enums import CounselOpinion, Likeness

_LONG = 4000


class AskCounselForm(PortalForm):
    """A question to counsel: to somebody, or to whoever answers first."""

    question = forms.CharField(
        label="What do you ask?",
        help_text="Counsel reads the whole request beside it. The officer never sees this",
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=_LONG,
    )
    to = forms.ChoiceField(label="Who answers?", required=False)

    def __init__(self, *args: Any, people: Iterable[User], **kwargs: Any) -> None:
        self._people = {str(person.pk): person for person in people}
        super().__init__(*args, **kwargs)
        choices = [(key, person.get_full_name()) for key, person in self._people.items()]
        self.fields["to"] = forms.ChoiceField(
            label="Who answers?", required=False, choices=[("", "Anybody of counsel"), *choices], widget=forms.Select()
        )

    @property
    def chosen(self) -> User | None:
        """Who is to answer; None for anybody."""
        return self._people.get(self.cleaned_data["to"])


class AdviceForm(PortalForm):
    """What counsel says."""

    opinion = forms.ChoiceField(label="What do you say?", choices=CounselOpinion.choices, widget=Radios(small=True))
    advice = forms.CharField(
        label="Advice",
        help_text="Read by who reviews and by the second person, never by the officer",
        widget=forms.Textarea(attrs={"rows": 5}),
        max_length=_LONG,
    )


class GoOnForm(PortalForm):
    """Why a disclosure is proposed although counsel objects."""

    because = forms.CharField(
        label="Why does it go on although counsel objects?",
        help_text="The second person reads this first",
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=_LONG,
    )


class CompareForm(PortalForm):
    """What a person says of two requests that look alike."""

    verdict = forms.ChoiceField(label="Are they about the same?", choices=Likeness.choices, widget=Radios(small=True))
    note = forms.CharField(
        label="Why",
        help_text="The second person reads this beside the decision",
        widget=forms.Textarea(attrs={"rows": 2}),
        max_length=300,
    )


class LookForm(PortalForm):
    """What came of an alarm about searching for accounts."""

    note = forms.CharField(
        label="What came of it?",
        help_text="What you looked at, whom you asked, and what follows",
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=_LONG,
    )
