"""The filter of the audit log."""

from django import forms
from django.utils.translation import gettext_lazy as _

from foundation.core.forms import PortalForm


class TrailFilter(PortalForm):
    """Which entries are shown."""

    mark_optional = False
    action = forms.CharField(label=_("Action"), required=False, max_length=60)
    actor = forms.CharField(label=_("Person (e-mail)"), required=False, max_length=254)
    reference = forms.CharField(label=_("Reference"), required=False, max_length=30)
