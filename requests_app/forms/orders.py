"""What a request rests on: the order or warrant, as it stands on paper."""

from datetime import datetime
from itertools import groupby
from typing import Any

from django import forms

from foundation.core.forms import GovDateField
from foundation.legal.models import ProcessType
from foundation.providers.models import LegalEntity, Provider
from foundation.providers.policy import offered_types
from requests_app.forms.draft import StepForm
from requests_app.models import DataRequest
from requests_app.services import preflight


class LegalProcessForm(StepForm):
    """What the request rests on."""

    needed = ("process_type", "section_of_law", "issuing_authority", "issued_on")

    process_type = forms.ModelChoiceField(
        label="Which type of legal process do you have?", queryset=ProcessType.objects.none(), required=False,
        empty_label="Choose a type",
    )  # fmt: skip
    section_of_law = forms.CharField(
        label="Section of law", max_length=200, required=False,
        help_text="The law and section it was issued under",
    )  # fmt: skip
    issuing_authority = forms.CharField(
        label="Issuing authority or court", max_length=200, required=False,
        help_text="Who signed it, as it stands on the document",
    )  # fmt: skip
    signatory = forms.CharField(label="Judge or official who signed", max_length=150, required=False)
    docket = forms.CharField(label="Docket or order number", max_length=100, required=False)
    issued_on = GovDateField(label="Date it was issued", help_text="For example, 27 3 2026", required=False)
    valid_until = GovDateField(label="Valid until", required=False)
    return_date = GovDateField(
        label="Return date", help_text="The date by which it orders an answer", required=False
    )  # fmt: skip
    legal_entity = forms.ModelChoiceField(
        label="Which of our companies is it addressed to?",
        queryset=LegalEntity.objects.none(),
        required=False,
        empty_label="Choose a company",
    )
    treaty_channel = forms.CharField(
        label="Treaty channel", max_length=150, required=False,
        help_text="If it comes through mutual legal assistance: through which authority",
    )  # fmt: skip

    def prepare(self) -> None:
        """Offer the types of the officer's jurisdiction first, and our companies where there are several."""
        types = types_for(self.draft.provider, self.draft.jurisdiction, self.at)
        field = self.fields["process_type"]
        known = [kind.pk for _label, kinds in types for kind in kinds]
        field.queryset = ProcessType.objects.filter(pk__in=known)  # type: ignore[attr-defined]
        field.choices = [("", "Choose a type")] + [  # type: ignore[attr-defined]
            (label, [(kind.pk, kind.name) for kind in kinds]) for label, kinds in types if kinds
        ]
        entities = self.draft.provider.entities.order_by("-is_default", "name")
        if len(entities) > 1 or (entities and self.draft.legal_entity_id is None):
            self.fields["legal_entity"].queryset = entities  # type: ignore[attr-defined]
        else:
            del self.fields["legal_entity"]

    @classmethod
    def stored(cls, draft: DataRequest) -> dict[str, Any]:
        """Return what is stored of the order."""
        process = preflight.first_process(draft)
        order = preflight.first_version(process)
        return {
            "process_type": draft.process_type_id,
            "section_of_law": draft.section_of_law,
            "legal_entity": draft.legal_entity_id,
            "treaty_channel": draft.treaty_channel,
            "issuing_authority": process.issuing_authority if process else "",
            "signatory": process.signatory if process else "",
            "docket": process.docket if process else "",
            "issued_on": order.issued_on if order else None,
            "valid_until": order.valid_until if order else None,
            "return_date": order.return_date if order else None,
        }

    def clean(self) -> dict[str, Any]:
        """Check the dates against each other."""
        values = super().clean() or {}
        issued, until, back = (values.get(name) for name in ("issued_on", "valid_until", "return_date"))
        if issued and issued > self.today:
            self.add_error("issued_on", "Date it was issued: this is after today. Check it")
        if (until or back) and not issued and "issued_on" not in self.errors:
            self.add_error("issued_on", "Date it was issued: add it, so that the other dates can be kept")
        if issued and until and until < issued:
            self.add_error("valid_until", "Valid until: this is before the date it was issued")
        if issued and back and back < issued:
            self.add_error("return_date", "Return date: this is before the date it was issued")
        return values


def types_for(provider: Provider, jurisdiction: str, at: datetime) -> list[tuple[str, list[ProcessType]]]:
    """Return the types records can be asked for with, in groups: the officer's own jurisdiction first."""
    offered = offered_types(provider, jurisdiction, at).filter(is_preservation=False, is_emergency=False)
    return [(name, list(kinds)) for name, kinds in groupby(offered, lambda kind: kind.jurisdiction.name)]
