"""An emergency told without an account, and what staff do with it."""

from typing import Any

from django import forms

from accounts.enums import CallBackResult
from accounts.forms.access import clean_phone, clean_supervisor, country_choices, place_of
from accounts.forms.calls import WayForm
from accounts.models import Agency
from foundation.core.forms import PortalForm, Radios
from foundation.core.identifier_lines import read_lines, refused_lines, said_of_box
from foundation.core.identifiers import Identifier
from foundation.core.secret_boxes import HidesSecrets
from requests_app.confirming import TOO_SLOW
from requests_app.forms.emergency import MAX_LINES
from requests_app.forms.start import StartForm

NONE_OF_THESE = "words"
_TEL = {"type": "tel", "autocomplete": "tel", "inputmode": "tel", "class": "govuk-input--width-20"}
CALL_RESULTS = [
    (CallBackResult.CONFIRMED.value, "They confirm the officer and this emergency"),
    (CallBackResult.OFFICER_ONLY.value, "They know the officer, but not this emergency"),
    (CallBackResult.NOT_CONFIRMED.value, "They do not know the officer"),
    (CallBackResult.NO_ANSWER.value, "Nobody could answer"),
]


class UrgentContactForm(HidesSecrets, StartForm):
    """Who tells us, who is in danger, and what is known of the account."""

    refused: list[str] = []
    own_fields = frozenset({"full_name", "rank", "email", "phone"})

    danger = forms.CharField(
        label="Who is in danger, and how do you know?", widget=forms.Textarea(attrs={"rows": 4}), max_length=4000,
        help_text="Two or three sentences are enough",
    )  # fmt: skip
    identifiers = forms.CharField(
        label="What do you know about the account?", widget=forms.Textarea(attrs={"rows": 3}),
        help_text="User ID, e-mail, phone, wallet or transaction. One on each line. We can hold its records meanwhile",
    )  # fmt: skip
    full_name = forms.CharField(
        label="Your full name", max_length=150, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    rank = forms.CharField(
        label="Your rank or title", max_length=100, required=False,
        widget=forms.TextInput(attrs={"autocomplete": "organization-title"}),
    )  # fmt: skip
    email = forms.CharField(
        label="Your official e-mail address", max_length=254,
        help_text="The one your agency gave you. Private addresses are refused",
        widget=forms.EmailInput(attrs={"autocomplete": "email", "inputmode": "email"}),
    )  # fmt: skip
    phone = forms.CharField(
        label="Your direct line", max_length=30, widget=forms.TextInput(attrs=_TEL),
        help_text="With country code, like +44 20 7946 0958. We use it only after we have reached your agency",
    )  # fmt: skip
    agency_words = forms.CharField(
        label="Your agency", max_length=200, widget=forms.TextInput(attrs={"autocomplete": "organization"})
    )
    country = forms.ChoiceField(label="Country", widget=forms.Select(attrs={"autocomplete": "country"}))
    agency = forms.ChoiceField(label="Which of these is it?", required=False, widget=Radios())
    supervisor = forms.CharField(
        label="Your supervisor's name", max_length=150, widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text="We ask your agency for this person",
    )  # fmt: skip
    attest = forms.BooleanField(
        label="I am an officer of this agency, a person is in imminent danger, and what I state is true.",
        error_messages={"required": "Tick the statement to tell us of the emergency"},
    )

    def __init__(self, *args: Any, found: "list[Agency]", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.found = {str(agency.uid): agency for agency in found}
        self.fields["country"].choices = [("", "Choose"), *country_choices()]
        if not self.found:
            del self.fields["agency"]
            return
        self.fields["agency"].widget = Radios(hints={uid: place_of(agency) for uid, agency in self.found.items()})
        listed = [(uid, agency.name) for uid, agency in self.found.items()]
        self.fields["agency"].choices = [*listed, (NONE_OF_THESE, "None of these")]

    def clean_phone(self) -> str:
        """Take numbers with their country code."""
        return clean_phone(self.cleaned_data["phone"], self.fields["phone"].label)

    def clean(self) -> dict[str, Any]:
        """Read the identifiers line by line; nobody is their own supervisor."""
        values = super().clean() or {}
        if values.get("supervisor"):
            try:
                clean_supervisor(values["supervisor"], values.get("full_name", ""))
            except forms.ValidationError as error:
                self.add_error("supervisor", error)
        lines = read_lines(values.get("identifiers", ""))
        if len(lines) > MAX_LINES:
            self.add_error("identifiers", f"Give at most {MAX_LINES} lines: the ones that help to prevent the harm")
            return values
        values["read"] = [item for _number, item in lines]
        self.refused = refused_lines(lines)
        if self.refused:
            self.add_error("identifiers", said_of_box(self.refused))
        return values

    @property
    def picked(self) -> Agency | None:
        """The agency of the registry that was chosen."""
        return self.found.get(self.cleaned_data.get("agency", ""))

    @property
    def read(self) -> list[Identifier]:
        """The identifiers as they are understood."""
        return list(self.cleaned_data["read"])

    def facts(self) -> dict[str, str]:
        """Return the words as they are kept."""
        names = ("full_name", "rank", "email", "phone", "agency_words", "country", "supervisor", "danger")
        return {name: str(self.cleaned_data[name]) for name in names}


class UrgentCallForm(WayForm):
    """A call to the agency: by which number of the directory, whom, and what they said."""

    spoke_to = forms.CharField(
        label="Who answered?", help_text="Name and function. Leave empty only if nobody answered", max_length=150,
        required=False,
    )  # fmt: skip
    result = forms.ChoiceField(
        label="What did they say?", choices=CALL_RESULTS, widget=Radios(small=True),
        help_text="Nobody answered is never confirmed",
    )  # fmt: skip
    note = forms.CharField(
        label="Note", required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 2}), help_text="Staff only"
    )
    mark_optional = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, never=TOO_SLOW, **kwargs)
        self.fields["way"].help_text = "After any other way than a number of our directory, a second person vouches"
        if self.numbers and not self.is_bound:
            self.fields["way"].initial = next(iter(self.numbers))

    def clean(self) -> dict[str, Any]:
        """Who answered has a name."""
        values = super().clean() or self.cleaned_data
        if values.get("result") and values["result"] != CallBackResult.NO_ANSWER and not values.get("spoke_to"):
            self.add_error("spoke_to", "Who answered? Write down name and function")
        return values


class NameAgencyForm(PortalForm):
    """Which agency of the registry it is."""

    agency = forms.ChoiceField(label="Which agency is it?", widget=Radios())

    def __init__(self, *args: Any, found: "list[Agency]", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.found = {str(agency.uid): agency for agency in found}
        hints = {uid: place_of(agency) for uid, agency in self.found.items()}
        self.fields["agency"].widget = Radios(hints=hints)
        self.fields["agency"].choices = [(uid, agency.name) for uid, agency in self.found.items()]  # type: ignore[attr-defined]

    @property
    def chosen(self) -> Agency:
        """The agency that was chosen."""
        return self.found[self.cleaned_data["agency"]]


class TurnAwayForm(PortalForm):
    """Why nothing follows, and whether it was spam."""

    reason = forms.CharField(
        label="Why do you turn it away?", max_length=2000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Staff only. Whoever told us is told nothing",
    )  # fmt: skip
    spam = forms.BooleanField(
        label="It is spam: take nothing from its network for a day",
        help_text="Officers behind the same network are told to call us",
        required=False,
    )
    others = forms.BooleanField(label="Turn away the others from its network too", required=False)
    keep_hold = forms.BooleanField(
        label="Go on keeping the records until the hold ends", required=False,
        help_text="Without this the hold ends now, and the copies are deleted",
    )  # fmt: skip
    mark_optional = False

    def __init__(self, *args: Any, alike: int = 0, held: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not held:
            del self.fields["keep_hold"]
        if alike:
            self.fields["others"].label = f"Turn away the {alike} other{'' if alike == 1 else 's'} from its network too"
        else:
            del self.fields["others"]
