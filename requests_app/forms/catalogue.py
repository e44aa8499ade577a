"""Forms of the catalogue, the entry points and the sealed channel."""

from typing import Any

from django import forms
from django.http import QueryDict

from foundation.core.forms import PortalForm, Radios
from foundation.legal.models import Jurisdiction
from foundation.legal.versions import versions
from foundation.providers.models import Provider, Team
from requests_app.services.company_policy import SAID

# Languages that are often asked for, ISO 639-1.
_LANGUAGES = (
    ("en", "English"), ("ar", "Arabic"), ("zh", "Chinese"), ("da", "Danish"), ("nl", "Dutch"), ("fr", "French"),
    ("de", "German"), ("hi", "Hindi"), ("it", "Italian"), ("ja", "Japanese"), ("ko", "Korean"), ("no", "Norwegian"),
    ("pl", "Polish"), ("pt", "Portuguese"), ("es", "Spanish"), ("sv", "Swedish"), ("tr", "Turkish"),
    ("uk", "Ukrainian"),
)  # fmt: skip
LANGUAGES = dict(_LANGUAGES)


class CatalogueFilter(PortalForm):
    """The search over the list of types."""

    mark_optional = False
    q = forms.CharField(label="Search", max_length=100, required=False)
    jurisdiction = forms.ChoiceField(label="Jurisdiction", required=False)
    show = forms.ChoiceField(
        label="Show",
        required=False,
        choices=[
            ("", "All"), ("taken", "Accepted"), ("refused", "Not accepted"), ("counsel", "Counsel looks first"),
            ("hold", "Preservation"), ("emergency", "Emergency"), ("decided", "Decided by us"),
        ],
    )  # fmt: skip

    def __init__(self, *args: Any, places: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["jurisdiction"].choices = [("", "All"), *places]  # type: ignore[attr-defined]


class CompareForm(PortalForm):
    """Two versions of the catalogue."""

    mark_optional = False
    before = forms.ChoiceField(label="From")
    after = forms.ChoiceField(label="To")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = [(name, name) for name in versions()]
        for name in ("before", "after"):
            self.fields[name].choices = known  # type: ignore[attr-defined]


class PolicyForm(PortalForm):
    """Whether the company takes a type, and whether counsel looks first."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=10**9)
    accepted = forms.ChoiceField(
        label="Do we accept it?",
        choices=[("yes", "Yes, officers can choose it"), ("no", "No, it is not offered")],
        widget=Radios(),
    )
    needs_counsel = forms.ChoiceField(
        label="Does counsel look first?",
        choices=[("no", "No, the desk decides as usual"), ("yes", "Yes, before anything else is done")],
        widget=Radios(),
    )
    reason = forms.CharField(
        label="Why?", max_length=300, widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Your colleagues and the auditor read this. No facts of a case",
    )  # fmt: skip


class EntryPointForm(PortalForm):
    """How one jurisdiction reaches the company."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=10**9, required=False)
    jurisdiction = forms.ModelChoiceField(
        label="Jurisdiction", queryset=Jurisdiction.objects.none(), empty_label="Choose a country"
    )
    title = forms.CharField(
        label="Title", max_length=150, required=False, help_text="The heading that its officers read"
    )  # fmt: skip
    address = forms.CharField(label="Address for service", max_length=200, required=False)
    language = forms.ChoiceField(label="Language of requests", choices=_LANGUAGES, initial="en")
    team = forms.ModelChoiceField(
        label="Team that answers", queryset=Team.objects.none(), required=False, empty_label="The company's first team"
    )
    guidelines = forms.CharField(
        label="Guidelines", max_length=4000, required=False, widget=forms.Textarea(attrs={"rows": 5}),
        help_text="What officers of this country must know besides. Everybody can read it",
    )  # fmt: skip
    redirects = forms.ChoiceField(
        label="Do requests come through a national channel?",
        choices=[("no", "No, officers file here"), ("yes", "Yes, officers are sent to it")],
        initial="no",
        widget=Radios(reveals={"yes": ["national_channel", "law", "victims", "allows_filing"]}),
    )
    national_channel = forms.CharField(
        label="The channel, and what to do", max_length=4000, required=False, widget=forms.Textarea(attrs={"rows": 5})
    )
    law = forms.CharField(
        label="The law that names it", max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    victims = forms.CharField(
        label="Where victims turn to", max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    allows_filing = forms.BooleanField(
        label="Officers may file here all the same", required=False, help_text="Emergencies may always be filed here"
    )

    def __init__(self, *args: Any, provider: Provider, changing: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["team"].queryset = provider.ordinary_teams().order_by("name")  # type: ignore[attr-defined]
        taken = provider.entry_points.values("jurisdiction")
        free = Jurisdiction.objects.exclude(pk__in=taken).exclude(pk__in=["EU", "INT"]).order_by("name")
        self.fields["jurisdiction"].queryset = free  # type: ignore[attr-defined]
        if changing:
            del self.fields["jurisdiction"]

    def clean(self) -> dict[str, Any]:
        """Ask for the channel where officers are sent to one."""
        values = super().clean() or {}
        values["redirects"] = values.get("redirects") == "yes"
        if values["redirects"] and not values.get("national_channel") and "national_channel" not in self.errors:
            self.add_error("national_channel", "Say which channel it is and what to do there")
        return values

    @property
    def said(self) -> dict[str, Any]:
        """What the entry point is to say."""
        return {name: self.cleaned_data[name] for name in SAID}


class RemoveForm(PortalForm):
    """Why an entry point goes."""

    reason = forms.CharField(label="Why?", max_length=300, widget=forms.Textarea(attrs={"rows": 3}))


class SealedChannelForm(PortalForm):
    """Where counsel takes what must not be uploaded."""

    seen = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)
    text = forms.CharField(
        label="Sealed channel to counsel", max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 5}),
        help_text="Postal address and telephone, line by line. Empty: the address for service of your main company",
    )  # fmt: skip

    def clean_text(self) -> str:
        """Read line breaks as one character, however the browser sends them."""
        return "\n".join(str(self.cleaned_data["text"]).splitlines())


def put(form: forms.BaseForm, name: str, value: object) -> None:
    """Give one field of a refused form another value, so that it can be sent again over what is stored now."""
    data = form.data.copy() if isinstance(form.data, QueryDict) else QueryDict(mutable=True)
    data[name] = str(value)
    form.data = data
