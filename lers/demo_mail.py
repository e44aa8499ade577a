"""/demo/mail/: reading the mails that the demo's own mail server has caught. Not there outside the demo."""

from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts.access import Audience, access
from foundation.core.forms import PortalForm
from lers.mail_catcher import newest, one, pieces


class RecipientForm(PortalForm):
    """Whose mails to show; sent by POST, because an address does not belong into a log of URLs."""

    mark_optional = False

    to = forms.CharField(label=_("Sent to"), required=False, max_length=320)


@access(Audience.PUBLIC)
@require_http_methods(["GET", "POST"])
def mail_list(request: HttpRequest) -> HttpResponse:
    """List the caught mails, newest first."""
    _demo_only()
    form = RecipientForm(request.POST or None)
    to = form.cleaned_data["to"].strip() if form.is_valid() else ""
    return render(request, "demo/mail_list.html", {"mails": newest(settings.DEMO_MAIL_DIR, to=to), "form": form})


@access(Audience.PUBLIC)
@require_GET
def mail_detail(request: HttpRequest, key: str) -> HttpResponse:
    """Show one mail: its plain text with links that work, and the words of its HTML part."""
    _demo_only()
    mail = one(settings.DEMO_MAIL_DIR, key)
    if mail is None:
        raise Http404
    return render(request, "demo/mail_detail.html", {"mail": mail, "pieces": pieces(mail.html)})


def _demo_only() -> None:
    if not settings.DEMO:
        raise Http404


urlpatterns = [
    path("", mail_list, name="demo_mail"),
    path("<str:key>/", mail_detail, name="demo_mail_detail"),
]
