"""Which company a page of settings is about: the one named in the address, else the first this person works for."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import Http404, HttpRequest
from django.urls import reverse

from accounts.access import signed_in
from accounts.permissions import Permission, has_permission
from foundation.providers.models import Provider
from requests_app.services.company_policy import providers_of


@dataclass(frozen=True)
class Company:
    """The company of a page, the others this person could choose, and whether they may change anything."""

    provider: Provider
    others: list[Provider]
    may_change: bool

    @property
    def query(self) -> str:
        """What an address carries so that the next page is about the same company; empty where there is one."""
        return "?" + urlencode({"provider": self.provider.slug}) if self.others else ""

    def address(self, name: str, *args: object) -> str:
        """Return the address of another page about the same company."""
        return reverse(name, args=args) + self.query


def company_of(request: HttpRequest) -> Company:
    """Return the company of this page; 404 for one that this person does not work for."""
    known = list(providers_of(signed_in(request)))
    wanted = request.GET.get("provider", "")
    chosen = next((one for one in known if not wanted or one.slug == wanted), None)
    if chosen is None:
        raise Http404
    others = [one for one in known if one != chosen]
    return Company(chosen, others, has_permission(signed_in(request), Permission.MANAGE_SETTINGS))
