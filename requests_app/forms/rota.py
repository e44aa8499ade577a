"""A step of the rota, somebody on duty in it, and a moment to try it at."""

from collections.abc import Iterable
from typing import Any

from django import forms

from accounts.models import User
from foundation.core.forms import Checkboxes, GovDateField, InstantField, PortalForm
from foundation.legal.calendars import offered_zones
from requests_app.forms.calendars import WEEK
from requests_app.models import RotaDuty, RotaStep
from requests_app.services.rota_editing import DUTY_SAID, SAID

_TIME: dict[str, Any] = {
    "required": False,
    "widget": forms.TimeInput(format="%H:%M", attrs={"class": "govuk-input--width-5"}),
    "error_messages": {"invalid": "Write the time like 22:00"},
}


class _Versioned(PortalForm):
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=10**9, required=False)

    @property
    def seen(self) -> int:
        """Which state of the step somebody had before them."""
        return self.cleaned_data.get("version") or 0


class StepForm(_Versioned):
    """What a step is called and whom it pages beside the people on duty."""

    name = forms.CharField(label="Name of the step", max_length=100, help_text="For example, First line")
    address = forms.EmailField(
        label="Address that is paged too", required=False, max_length=254,
        help_text="Of a pager or of a group that reads at night. It gets the reference and nothing of the case. "
        "No address is paged for restricted requests",
    )  # fmt: skip
    everybody = forms.BooleanField(
        label="Page everybody who reviews, on duty or not", required=False,
        help_text="People who are away are left out",
    )  # fmt: skip

    @property
    def said(self) -> dict[str, Any]:
        """What the step is to say, of a form that is valid."""
        return {name: self.cleaned_data[name] for name in SAID}


class DutyForm(_Versioned):
    """Who is on duty on which days of the week and at which hours, perhaps only from one day to another."""

    user = forms.ModelChoiceField(label="Who", queryset=User.objects.none(), empty_label="Choose a person")
    weekdays = forms.TypedMultipleChoiceField(
        label="Days of the week", coerce=int, choices=list(enumerate(WEEK, 1)), widget=Checkboxes(small=True),
        error_messages={"required": "Choose at least one day of the week"},
        help_text="The day on which the duty begins",
    )  # fmt: skip
    begins = forms.TimeField(label="From", help_text="Leave both times empty for the whole day", **_TIME)
    ends = forms.TimeField(label="Until", help_text="A time that is not later lies on the next day", **_TIME)
    zone = forms.ChoiceField(label="Time zone of these hours")
    first_day = GovDateField(label="First day", required=False, help_text="Empty: from now on")
    last_day = GovDateField(label="Last day", required=False, help_text="Included. Empty: until it is changed")

    def __init__(self, *args: Any, people: Iterable[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["user"].queryset = people  # type: ignore[attr-defined]
        self.fields["user"].label_from_instance = User.get_full_name  # type: ignore[attr-defined]
        self.fields["zone"].choices = [(zone, zone) for zone in ["UTC", *offered_zones()]]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Check that both times are given or none, and that the days are in order."""
        said: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors.keys() & {"begins", "ends"} and (said.get("begins") is None) != (said.get("ends") is None):
            missing = "begins" if said.get("begins") is None else "ends"
            self.add_error(missing, "Enter from when and until when, or neither for the whole day")
        first, last = said.get("first_day"), said.get("last_day")
        if first and last and last < first:
            self.add_error("last_day", "Last day: it is before the first")
        return said

    @property
    def said(self) -> dict[str, Any]:
        """What the entry is to say, of a form that is valid."""
        return {name: self.cleaned_data[name] for name in DUTY_SAID}


class VersionForm(PortalForm):
    """Which state of a step somebody saw when they pressed a button."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=10**9)


class MoveStepForm(PortalForm):
    """A place further up or down, from where the step was seen."""

    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=100)
    turn = forms.ChoiceField(widget=forms.HiddenInput, choices=[("up", "Up"), ("down", "Down")])


class MomentForm(PortalForm):
    """When an emergency might come in."""

    mark_optional = False
    moment = InstantField(label="An emergency comes in at", required=False, help_text="For example, 2026-12-24 03:00 Z")


def step_initial(step: RotaStep) -> dict[str, Any]:
    """Return what the form of a step shows."""
    return {name: getattr(step, name) for name in SAID} | {"version": step.lock_version}


def duty_initial(duty: RotaDuty) -> dict[str, Any]:
    """Return what the form of an entry shows."""
    return {name: getattr(duty, name) for name in DUTY_SAID} | {"version": duty.step.lock_version}
