"""A routing rule, and something to try the rules on."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms

from foundation.core import languages
from foundation.core.forms import Checkboxes, PortalForm
from foundation.legal.countries import jurisdiction_names
from foundation.legal.models import Issuer, ProcessType
from foundation.providers.models import LegalEntity, Provider, Team
from requests_app.enums import Rank, RequestKind
from requests_app.models import RoutingRule
from requests_app.services.routing import Facts

_MOST = 60


class CodesField(forms.CharField):
    """Several codes or names with commas between them, read as codes; what is not known is named in the message."""

    def __init__(self, *, known: Any, what: str, **kwargs: Any) -> None:
        """`known` is called for names by code."""
        super().__init__(required=False, max_length=1500, **kwargs)
        self.known, self.what = known, what

    def to_python(self, value: Any) -> list[str]:  # type: ignore[override]
        """Return the codes, each once, in the order in which they were typed."""
        if isinstance(value, list):
            return value
        text = str(super().to_python(value) or "")
        names: Mapping[str, str] = self.known()
        codes = {name.casefold(): code for code, name in names.items()} | {code.casefold(): code for code in names}
        typed = [part.strip() for part in text.replace("\n", ",").replace(";", ",").split(",") if part.strip()]
        if len(typed) > _MOST:
            raise forms.ValidationError(f"{self.label}: name at most {_MOST}")
        if unknown := [part for part in typed if part.casefold() not in codes]:
            raise forms.ValidationError(f"{self.label}: “{unknown[0]}” is no {self.what} we know")
        return list(dict.fromkeys(codes[part.casefold()] for part in typed))

    def prepare_value(self, value: Any) -> Any:
        """Show stored codes the way they may be typed."""
        return ", ".join(value) if isinstance(value, list) else value


def _process_names() -> dict[str, str]:
    """Return the codes of all types; a type's own name is no code, for several share one."""
    return {code: code for code in ProcessType.objects.values_list("code", flat=True)}


def _languages() -> dict[str, str]:
    return languages.NAMES


class RuleForm(PortalForm):
    """What a rule asks for, and where it sends."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=10**9, required=False)
    name = forms.CharField(label="Name of the rule", max_length=100, help_text="Staff read it on the request")
    jurisdictions = CodesField(
        label="Countries of the agency", known=jurisdiction_names, what="country",
        help_text="Names or codes with commas between them, like NO, Sweden. EU is all its members. Empty: any",
    )  # fmt: skip
    kinds = forms.MultipleChoiceField(
        label="Kinds of request", choices=RequestKind.choices, required=False, widget=Checkboxes(small=True),
        help_text="None ticked: any",
    )  # fmt: skip
    issuers = forms.MultipleChoiceField(
        label="Who issued the order", choices=Issuer.choices, required=False, widget=Checkboxes(small=True),
        help_text="None ticked: any",
    )  # fmt: skip
    process_codes = CodesField(
        label="Types of legal process", known=_process_names, what="type in the catalogue",
        help_text="Codes of the catalogue with commas between them. Empty: any",
    )  # fmt: skip
    languages = CodesField(
        label="Languages of the order", known=_languages, what="language",
        help_text="Names or codes with commas between them, like German, fr. Empty: any",
    )  # fmt: skip
    entity = forms.ModelChoiceField(
        label="Company it is addressed to", queryset=LegalEntity.objects.none(), required=False, empty_label="Any"
    )
    team = forms.ModelChoiceField(label="Goes to this team", queryset=Team.objects.none(), empty_label="Choose a team")
    rank = forms.TypedChoiceField(
        label="Priority", required=False, coerce=int, empty_value=None,
        choices=[("", "As it came"), *((rank.value, rank.label) for rank in (Rank.PRIORITY, Rank.ROUTINE))],
        help_text="An emergency always stays one",
    )  # fmt: skip

    def __init__(self, *args: Any, provider: Provider, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["team"].queryset = provider.ordinary_teams().order_by("name")  # type: ignore[attr-defined]
        self.fields["entity"].queryset = provider.entities.order_by("name")  # type: ignore[attr-defined]

    @property
    def said(self) -> dict[str, Any]:
        """What the rule is to say, of a form that is valid."""
        return {name: self.cleaned_data[name] for name in self.fields if name != "version"}


class SwitchForm(PortalForm):
    """Which state of a rule or of the order somebody saw when they pressed a button."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=10**9)
    switched = forms.ChoiceField(widget=forms.HiddenInput, choices=[("on", "On"), ("off", "Off")])


class MoveForm(PortalForm):
    """A place further up or down, from where the rule was seen."""

    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=10**4)
    turn = forms.ChoiceField(widget=forms.HiddenInput, choices=[("up", "Up"), ("down", "Down")])


class TryForm(PortalForm):
    """An example that the rules are tried on; nothing personal stands in it."""

    mark_optional = False
    country = forms.ChoiceField(label="Country of the agency", required=False)
    kind = forms.ChoiceField(label="Kind of request", choices=RequestKind.choices, required=False)
    process = forms.CharField(label="Type of legal process", max_length=40, required=False, help_text="Its code")
    language = forms.ChoiceField(
        label="Language of the order", required=False, choices=[("", "Not said"), *languages.CHOICES]
    )
    entity = forms.ModelChoiceField(
        label="Company it is addressed to", queryset=LegalEntity.objects.none(), required=False, empty_label="Not said"
    )

    def __init__(self, *args: Any, provider: Provider, countries: Iterable[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["country"].choices = [("", "Choose"), *countries]  # type: ignore[attr-defined]
        self.fields["entity"].queryset = provider.entities.order_by("name")  # type: ignore[attr-defined]

    def clean_process(self) -> ProcessType | None:
        """Read the newest type of that code."""
        code = str(self.cleaned_data["process"]).strip()
        found = ProcessType.objects.filter(code__iexact=code).order_by("-pk").first() if code else None
        if code and found is None:
            raise forms.ValidationError("Type of legal process: there is no such code in the catalogue")
        return found

    @property
    def facts(self) -> Facts | None:
        """What the rules are asked about; None where no country was chosen."""
        given = self.cleaned_data
        if not given.get("country"):
            return None
        kind = given["kind"] or RequestKind.DISCLOSURE
        return Facts(given["country"], str(kind), given["process"], given["language"], given["entity"])


def initial_of(rule: RoutingRule) -> dict[str, Any]:
    """Return what the form of a rule shows."""
    names = ("name", "jurisdictions", "kinds", "issuers", "process_codes", "languages", "entity", "team", "rank")
    return {name: getattr(rule, name) for name in names} | {"version": rule.lock_version}
