"""What is told of the court that the authority went to."""

from django import forms

from foundation.core.forms import GovDateField, PortalForm


class FiledForm(PortalForm):
    """The day and the docket."""

    filed_on = GovDateField(
        label="On which day did the authority go to court?", help_text="For example, 14 1 2027"
    )  # fmt: skip
    docket = forms.CharField(
        label="Court, and the number of the case there",
        max_length=200,
        help_text="For example, 2ª Vara Criminal de Curitiba, 5004312-88.2027.4.04.7000",
    )


class FiledByLetterForm(FiledForm):
    """The same as staff know it, and where from."""

    source = forms.CharField(
        label="Which letter says so, and how did it come?",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="For example, letter of the prosecutor of 12 January, by post. The officer does not read it",
    )
