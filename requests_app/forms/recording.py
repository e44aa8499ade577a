"""What came outside the portal, as staff enter it: a request, a call, a saved mail, and who receives the answer."""

from collections.abc import Sequence
from datetime import UTC, date, timedelta
from typing import Any
from uuid import uuid4

from django import forms

from accounts.enums import CallBackResult
from accounts.models import Agency, User
from foundation.core import languages
from foundation.core.forms import Checkboxes, GovDateField, InstantField, PortalForm, Radios, about
from foundation.core.identifier_lines import read_lines, refused_lines, said_of_box
from foundation.core.identifiers import Identifier
from foundation.core.secret_boxes import HidesSecrets
from foundation.documents.filetypes import MAIL
from foundation.documents.formfields import TakesUploads, UploadField, UploadsField
from foundation.legal.models import ProcessType
from foundation.providers.models import LegalEntity, Provider
from requests_app.deadlines import EMERGENCY_PERIOD_DAYS
from requests_app.enums import RECORD_CATEGORIES, WITHOUT_RECORDS, Channel, RequestKind
from requests_app.forms.draft_kinds import AssetFields
from requests_app.forms.orders import types_for
from requests_app.forms.recorded_emergency import STATEMENT, StatementFields
from requests_app.forms.urgent_contact import UrgentCallForm
from requests_app.services.asked_holds import Noted
from requests_app.services.recording import AskedFor, OrderGiven, Paper, Recorded

CHANNELS = (Channel.EMAIL, Channel.POST, Channel.FAX, Channel.TREATY)
_LETTERS = (Channel.POST, Channel.FAX, Channel.TREATY)
KINDS = (RequestKind.DISCLOSURE, RequestKind.EMERGENCY, RequestKind.FREEZE, RequestKind.ENQUIRY)
NOBODY = "nobody"
CALL_RESULTS = [
    (CallBackResult.CONFIRMED.value, "They confirm who asked, and that these records are to be kept"),
    (CallBackResult.OFFICER_ONLY.value, "They know this person, but not what is asked"),
    (CallBackResult.NOT_CONFIRMED.value, "They do not know this person"),
    (CallBackResult.NO_ANSWER.value, "Nobody could answer"),
]
_AREA = {"rows": 6}
_ASSETS = ("act", "asset", "amount", "everything", "destination", "destination_network", "expires_on")


class _WithIdentifiers(HidesSecrets, PortalForm):
    """A box of identifiers, one on each line; which lines cannot be used stands below it."""

    refused: list[str] = []
    found: list[Identifier] = []

    def clean_identifiers(self) -> str:
        """Read every line; a line that cannot be used keeps the form."""
        text: str = self.cleaned_data["identifiers"]
        read = read_lines(text)
        self.refused = refused_lines(read)
        if self.refused:
            raise forms.ValidationError(said_of_box(self.refused))
        self.found = [item for _number, item in read]
        return text


class RecordForm(TakesUploads, AssetFields, StatementFields, _WithIdentifiers):
    """A request as it stands in a letter, a fax, a mail or a treaty request. Little is needed: gaps are shown after."""

    # As on the page, so that what is wrong is listed in this order.
    field_order = (
        "key", "channel", "arrived_at", "external_reference", "treaty_channel", "officer", "officer_words",
        "legal_entity", "kind", *STATEMENT, "act", "destination", "destination_network", "asset", "amount",
        "everything", "expires_on", "endless", "case_number", "offence", "facts", "identifiers", "categories", "first",
        "last", "secrecy", "process_type", "section_of_law", "issuing_authority", "signatory", "issuer_rank", "docket",
        "issued_on", "valid_until", "return_date", "language", "uploads",
    )  # fmt: skip

    key = forms.UUIDField(widget=forms.HiddenInput)
    channel = forms.ChoiceField(
        label="How did it reach us?", choices=[(c.value, c.label) for c in CHANNELS], widget=Radios(inline=True)
    )
    arrived_at = InstantField(
        label="When did it arrive?", help_text="Its deadlines count from then. For example, 2026-06-04 14:30 +02:00"
    )
    officer = forms.ChoiceField(
        label="Who of the agency receives the answer?", widget=Radios(),
        help_text="Only officers who were vetted. Never somebody because the letter names them",
    )  # fmt: skip
    officer_words = forms.CharField(label="Officer who sent it, as it stands there", max_length=150, required=False)
    kind = forms.ChoiceField(
        label="What is asked?", choices=[(k.value, k.label.partition(" (")[0]) for k in KINDS],
        initial=RequestKind.DISCLOSURE,
        widget=Radios(hints={
            RequestKind.EMERGENCY: "Somebody is in danger: the people on call are paged at once",
            RequestKind.FREEZE: "An order to keep or transfer assets of an account",
        }),
    )  # fmt: skip
    legal_entity = forms.ModelChoiceField(
        label="Which of our companies is it addressed to?", queryset=LegalEntity.objects.none(), required=False,
        empty_label="It does not say",
    )  # fmt: skip
    case_number = forms.CharField(label="Case number of the agency", max_length=100, required=False)
    external_reference = forms.CharField(
        label="Number of the letter or of the treaty request", max_length=100, required=False
    )
    treaty_channel = forms.CharField(
        label="Treaty channel", max_length=150, required=False,
        help_text="The authority it came through. Only for a treaty request",
    )  # fmt: skip
    offence = forms.CharField(label="Offence", max_length=300, required=False)
    facts = forms.CharField(label="What happened?", widget=forms.Textarea(attrs=_AREA), max_length=6000, required=False)
    process_type = forms.ModelChoiceField(
        label="Type of legal process", queryset=ProcessType.objects.none(), required=False,
        empty_label="None, or not clear",
    )  # fmt: skip
    section_of_law = forms.CharField(label="Section of law", max_length=200, required=False)
    issuing_authority = forms.CharField(label="Issuing authority or court", max_length=200, required=False)
    signatory = forms.CharField(label="Judge or official who signed the order", max_length=150, required=False)
    issuer_rank = forms.CharField(label="Rank or function of who signed", max_length=100, required=False)
    docket = forms.CharField(label="Docket or order number", max_length=100, required=False)
    issued_on = GovDateField(label="Date it was issued", required=False)
    valid_until = GovDateField(label="Valid until", required=False)
    return_date = GovDateField(label="Return date", help_text="The date by which it orders an answer", required=False)
    language = forms.ChoiceField(
        label="Language of the document", choices=[("", "Choose a language"), *languages.CHOICES], required=False
    )
    identifiers = forms.CharField(
        label="Identifiers", widget=forms.Textarea(attrs={"rows": 5}), max_length=60_000, required=False,
        help_text="User ID, e-mail, phone, wallet or transaction. One on each line",
    )  # fmt: skip
    categories = forms.MultipleChoiceField(
        label="Which records are asked for?", choices=[(c.value, c.label) for c in RECORD_CATEGORIES],
        widget=Checkboxes(small=True), required=False,
    )  # fmt: skip
    first = GovDateField(
        label="First day", required=False, help_text="An emergency that names no days asks for the last 30"
    )
    last = GovDateField(label="Last day", required=False)
    secrecy = forms.BooleanField(label="It says that the account holder must not be told", required=False)
    uploads = UploadsField(label="The order, the letter and what came with it", required=False)

    def __init__(
        self, *args: Any, provider: Provider, agency: Agency, officers: Sequence[User], at: Any, came: str = "",
        **kwargs: Any,
    ) -> None:  # fmt: skip
        """Offer only what this company, agency and time know; `came`: the channel of the message it is made of."""
        super().__init__(*args, **kwargs)
        self.provider, self.agency, self.officers = provider, agency, {str(o.pk): o for o in officers}
        types = types_for(provider, agency.country, at)
        known = [kind.pk for _label, kinds in types for kind in kinds if not kind.stop_screen]
        given: Any = self.fields
        if came:
            given["channel"].choices = [(came, Channel(came).label)]
        given["process_type"].queryset = ProcessType.objects.filter(pk__in=known)
        given["process_type"].choices = [("", "None, or not clear")] + [
            (label, [(kind.pk, kind.full_name) for kind in kinds if kind.pk in known]) for label, kinds in types
        ]
        given["legal_entity"].queryset = provider.entities.order_by("-is_default", "name")
        named = [(pk, f"{officer.get_full_name()}, {officer.email}") for pk, officer in self.officers.items()]
        given["officer"].choices = [*named, (NOBODY, "Nobody is named yet")]
        self.initial.setdefault("key", uuid4())
        self.initial.setdefault("officer", NOBODY)

    @property
    def open_parts(self) -> dict[str, bool]:
        """Say which of the parts of one kind are shown open: that of the kind, and one in which something stands."""
        kind = self["kind"].value()
        danger, assets = (any(self[name].value() for name in names) for names in (("danger",), ("asset", "act")))
        return {"danger": kind == RequestKind.EMERGENCY or danger, "assets": kind == RequestKind.FREEZE or assets}

    def clean(self) -> dict[str, Any]:
        """Records have a period, a treaty request names its channel, and each kind says what it is about."""
        data = super().clean() or {}
        if data.get("channel") == Channel.TREATY and not data.get("treaty_channel"):
            self.add_error("treaty_channel", "Treaty channel: name the authority it came through")
        self._check_kind(data)
        self._check_days(data)
        return data

    def _check_kind(self, data: dict[str, Any]) -> None:
        """Ask for what the kind needs, and let nobody fill in the part of another kind in vain."""
        kind = data.get("kind")
        if kind == RequestKind.EMERGENCY and not data.get("danger"):
            self.add_error("danger", "Who is in danger, and how do they know? Write what stands there")
        elif kind and kind != RequestKind.EMERGENCY and data.get("danger"):
            self.add_error("kind", "What is asked? You wrote who is in danger: choose an emergency, or empty that part")
        if kind == RequestKind.FREEZE:
            for name, asks in (("act", "choose an answer"), ("asset", "name it as the order does")):
                if not data.get(name) and name not in self.errors:
                    self.add_error(name, about(self.fields[name].label, asks))
            self.ask_for_missing(data)
        elif kind and (data.get("act") or data.get("asset")):
            self.add_error("kind", "What is asked? You filled in what is frozen: choose a freeze, or empty that part")

    def _check_days(self, data: dict[str, Any]) -> None:
        """Records have a first and a last day; an emergency that names none asks for the last 30 days."""
        first, last = data.get("first"), data.get("last")
        none = first is None and last is None and data.get("kind") == RequestKind.EMERGENCY
        if data.get("categories") and data.get("kind") not in WITHOUT_RECORDS and not none:
            for name, day in (("first", first), ("last", last)):
                if day is None and name not in self.errors:
                    self.add_error(name, f"{self.fields[name].label}: the records need a first and a last day")
        if isinstance(first, date) and isinstance(last, date) and first > last:
            self.add_error("last", "Last day: this is before the first day")

    def values(self, papers: Sequence[Paper] = ()) -> Recorded:
        """Return what was entered, with the files that came beside the form."""
        data = self.cleaned_data
        names = ("legal_entity", "kind", "case_number", "offence", "facts", "treaty_channel", "external_reference",
                 "officer_words", "arrived_at", "key")  # fmt: skip
        urgent = data["kind"] == RequestKind.EMERGENCY
        return Recorded(
            provider=self.provider,
            agency=self.agency,
            officer=self.officers.get(data["officer"]),
            order=self._order(),
            identifiers=self.found,
            records=self._asked(),
            papers=[*papers, *(Paper(upload) for upload in data["uploads"] or [])],
            secrecy_asked=True if data["secrecy"] else None,
            emergency=self.statement() if urgent else {},
            needed_by=data["needed_by"] if urgent else None,
            freeze={name: data[name] for name in _ASSETS} if data["kind"] == RequestKind.FREEZE else {},
            **{name: data[name] for name in names},
        )

    def _asked(self) -> list[AskedFor]:
        """Return the records, none of kinds that ask for none; of an emergency without days those of the last 30."""
        data = self.cleaned_data
        first, last = data["first"], data["last"]
        if data["kind"] == RequestKind.EMERGENCY and last is None:
            last = data["arrived_at"].astimezone(UTC).date()
            first = last - timedelta(days=EMERGENCY_PERIOD_DAYS)
        if data["kind"] in WITHOUT_RECORDS or not (first and last):
            return []
        return [AskedFor(category, first, last) for category in data["categories"]]

    def _order(self) -> OrderGiven | None:
        """Return the order, where anything is known of one."""
        names = ("process_type", "section_of_law", "language", "issuing_authority", "issuer_rank", "signatory",
                 "docket", "issued_on", "valid_until", "return_date")  # fmt: skip
        given = {name: self.cleaned_data[name] for name in names}
        return OrderGiven(**given) if any(given.values()) else None


class ConfirmCallForm(UrgentCallForm):
    """Our call to the agency about what is to be kept."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["result"].choices = CALL_RESULTS  # type: ignore[attr-defined]


class CallForm(_WithIdentifiers):
    """A telephone call: what was said, and which accounts to keep records of. Nothing is disclosed."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    caller = forms.CharField(label="Who called?", max_length=200, help_text="As the caller said it. It proves nothing")
    text = forms.CharField(
        label="What did they say?", widget=forms.Textarea(attrs=_AREA), max_length=4000,
        help_text="Tell the caller nothing about an account, not even whether there is one",
    )  # fmt: skip
    case_number = forms.CharField(label="Case number", max_length=100, required=False)
    identifiers = forms.CharField(
        label="Which accounts should be kept?", widget=forms.Textarea(attrs={"rows": 4}), max_length=10_000,
        required=False, help_text="One on each line. Nothing is kept before we have called the agency back",
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("key", uuid4())

    def noted(self) -> Noted:
        """Return the note as the service takes it."""
        data = self.cleaned_data
        return Noted(
            who=data["caller"], text=data["text"], case_number=data["case_number"], key=data["key"],
            identifiers=self.found,
        )  # fmt: skip


class KeepForm(TakesUploads, _WithIdentifiers):
    """A letter that asks to keep records, or a mail that came in: then all but the accounts is known."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    channel = forms.ChoiceField(
        label="How did it reach us?", choices=[(c.value, c.label) for c in _LETTERS], widget=Radios(inline=True)
    )
    arrived_at = InstantField(label="When did it arrive?", help_text="For example, 2026-06-04 14:30 +02:00")
    who = forms.CharField(label="Who signed it, as it stands there?", max_length=200)
    text = forms.CharField(label="What does it ask?", widget=forms.Textarea(attrs={"rows": 4}), max_length=4000)
    case_number = forms.CharField(label="Case number of the agency", max_length=100, required=False)
    identifiers = forms.CharField(
        label="Which accounts should be kept?", widget=forms.Textarea(attrs={"rows": 4}), max_length=10_000,
        help_text="One on each line. Nothing is kept before we have called the agency",
    )  # fmt: skip
    upload = UploadField(label="The letter itself", required=False)

    def __init__(self, *args: Any, of_mail: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("key", uuid4())
        self.initial.setdefault("channel", Channel.POST)
        for name in ("channel", "arrived_at", "who", "text", "upload") if of_mail else ():
            del self.fields[name]

    def noted(self) -> Noted:
        """Return a letter as the service takes it."""
        names = ("key", "channel", "arrived_at", "who", "text", "case_number", "upload")
        return Noted(identifiers=self.found, **{name: self.cleaned_data[name] for name in names})


class MailForm(TakesUploads, PortalForm):
    """A mail that somebody saved as a file."""

    mail = UploadField(label="The mail, as an .eml file", kinds=(MAIL,))


class AttachForm(PortalForm):
    """The request that a mail belongs to."""

    reference = forms.CharField(label="Reference of the request", max_length=30)


class DismissForm(PortalForm):
    """Why something that came in is no request."""

    reason = forms.CharField(label="Why is this no request?", max_length=300, widget=forms.Textarea(attrs={"rows": 2}))


class RecipientForm(PortalForm):
    """Who receives the records."""

    officer = forms.ChoiceField(label="Which officer receives the records?", widget=Radios())

    def __init__(self, *args: Any, officers: Sequence[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.officers = {str(officer.pk): officer for officer in officers}
        self.fields["officer"].choices = [  # type: ignore[attr-defined]
            (pk, f"{officer.get_full_name()}, {officer.email}") for pk, officer in self.officers.items()
        ]

    @property
    def chosen(self) -> User:
        """The officer who was chosen."""
        return self.officers[self.cleaned_data["officer"]]
