"""The rule about notices for people to read: the table, and for one request which row answers each account."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.access import Audience, access, signed_in
from accounts.permissions import Permission
from requests_app.forms.notice_rule import RuleForm
from requests_app.notice_table import ROWS
from requests_app.services.notice_explained import explain

_NONE = "There is no request with this reference that you may read."


@access(Audience.STAFF, permission=Permission.SEE_CATALOGUE)
@require_safe
def rule(request: HttpRequest) -> HttpResponse:
    """Show the table; with a reference, explain that request too."""
    form = RuleForm(request.GET if "reference" in request.GET else None)
    explained = None
    if form.is_valid():
        explained = explain(form.cleaned_data["reference"], by=signed_in(request))
        if explained is None:
            form.add_error("reference", _NONE)
    context = {"form": form, "rows": ROWS, "explained": explained}
    return render(request, "staff/notice_rule.html", context, status=422 if form.errors else 200)
