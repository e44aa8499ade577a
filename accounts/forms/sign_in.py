"""Forms of signing in."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from accounts.forms.access import PasswordForm
from foundation.core.forms import PortalForm


class AgreedRules(PortalForm):
    """A form below the rules of use; its button says that they are agreed to (SEC-28)."""

    def clean(self) -> dict[str, Any]:
        """Refuse who has not seen the rules that are in force: the page carries their version."""
        if self.data.get("rules") != settings.RULES_VERSION:
            raise forms.ValidationError(_("Read the rules on this page, then agree and go on."), code="rules")
        return super().clean() or {}


class FirstPasswordForm(AgreedRules, PasswordForm):
    """The password with which somebody comes in for the first time."""


class SignInForm(AgreedRules):
    """Address and password."""

    email = forms.CharField(
        label=_("E-mail address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "username"}),
    )
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class CodeForm(PortalForm):
    """A code from an authenticator app."""

    code = forms.CharField(
        label=_("Code from your app"),
        max_length=9,
        help_text=_("6 digits, new every 30 seconds. Each code works once"),
        widget=forms.TextInput(
            attrs={
                "class": "govuk-input--width-5 app-code",
                "inputmode": "numeric",
                "autocomplete": "one-time-code",
                "spellcheck": "false",
            }
        ),
    )


class PasskeyForm(PortalForm):
    """What a passkey signed; the browser's script fills it in."""

    credential = forms.CharField(label=_("Passkey"), max_length=20_000, widget=forms.HiddenInput)


class FactorNameForm(PortalForm):
    """What a person calls a factor, to tell several apart."""

    name = forms.CharField(
        label=_("Name"),
        max_length=60,
        help_text=_("So that you can tell several apart, for example “Work phone”"),
        widget=forms.TextInput(attrs={"class": "govuk-input--width-20", "autocomplete": "off"}),
    )


class NewAppForm(CodeForm):
    """The first code of an app, and its name."""

    name = forms.CharField(
        label=_("Name of this app"),
        max_length=60,
        required=False,
        help_text=_("So that you can tell several apart, for example “Work phone”"),
        widget=forms.TextInput(attrs={"class": "govuk-input--width-20", "autocomplete": "off"}),
    )


class NewPasskeyForm(PasskeyForm):
    """A new passkey and its name."""

    passkey_name = forms.CharField(
        label=_("Name of this passkey"),
        max_length=60,
        required=False,
        help_text=_("So that you can tell several apart, for example “Work laptop”"),
        widget=forms.TextInput(attrs={"class": "govuk-input--width-20", "autocomplete": "off"}),
    )


class RecoveryForm(PortalForm):
    """A recovery code."""

    recovery = forms.CharField(
        label=_("Recovery code"),
        max_length=40,
        help_text=_("One of the 10 codes you kept. It is used up, and you set up a new passkey or app next"),
        widget=forms.TextInput(
            attrs={
                "class": "govuk-input--width-20 app-code",
                "autocomplete": "off",
                "autocapitalize": "characters",
                "spellcheck": "false",
            }
        ),
    )


class ChangePasswordForm(PasswordForm):
    """The present password, and a new one."""

    old_password = forms.CharField(
        label=_("Present password"),
        strip=False,
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    field_order = ("old_password", "password")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].label = _("New password")


class ForgottenForm(PortalForm):
    """Whose password is to be set anew."""

    email = forms.CharField(
        label=_("E-mail address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "username"}),
    )
