"""What every page needs: the service's name, the person, the navigation, the time."""

from typing import TYPE_CHECKING, Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from accounts import session_life
from accounts.access import is_verified
from accounts.permissions import Permission, has_permission
from accounts.waiting import Count, Counts
from foundation.audit import alarms
from foundation.notifications.site import site_details

if TYPE_CHECKING:
    from accounts.models import User

# (label, URL name, permission); a person sees what they may open.
_STAFF_NAV = (
    ("Queue", "staff:queue", Permission.SEE_QUEUE),
    ("Approvals", "staff:approvals", Permission.APPROVE_DECISION),
    ("Counsel", "staff:counsel", Permission.GIVE_ADVICE),
    ("Customers", "staff:restrictions", Permission.GIVE_ADVICE),
    ("Incoming", "staff:incoming", Permission.REVIEW_REQUEST),
    ("Takedowns", "staff:takedowns", Permission.SEE_QUEUE),
    ("Batches", "staff:batches", Permission.SEE_QUEUE),
    ("Access", "accounts:applications", Permission.SEE_APPLICATIONS),
    ("Agencies", "accounts:agencies", Permission.SEE_APPLICATIONS),
    ("Preservation", "holds:staff_list", Permission.SEE_HOLDS),
    ("Freezes", "staff:freezes", Permission.SEE_QUEUE),
    ("Asked for later", "staff_later:list", Permission.SEE_QUEUE),
    ("Notices", "staff_records:notices", Permission.SEE_QUEUE),
    ("Copies", "staff_records:copies", Permission.RELEASE_RECORDS),
    ("Recalls", "staff_recalls:list", Permission.SEE_QUEUE),
    ("Breaches", "staff:breaches", Permission.SEE_BREACHES),
    ("Certificates", "staff_certificates:list", Permission.SIGN_CERTIFICATE),
    ("Deadlines", "staff:deadlines", Permission.SEE_DEADLINES),
    ("Figures", "staff:figures", Permission.SEE_QUEUE),
    ("Alarms", "staff:alarms", Permission.SEE_ALARMS),
    ("People", "accounts:people", Permission.SEE_PEOPLE),
    ("Catalogue", "staff:catalogue", Permission.SEE_CATALOGUE),
    ("Absences", "staff:absences", Permission.SEE_ABSENCES),
    ("Undelivered", "accounts:undelivered", Permission.SEE_UNDELIVERED),
    ("Rota", "staff:rota", Permission.MANAGE_SETTINGS),
    ("Company systems", "staff:company_systems", Permission.MANAGE_SETTINGS),
    ("Hooks", "accounts:hooks", Permission.MANAGE_SETTINGS),
    ("Weekly report", "staff:unusual", Permission.READ_TRAIL),
    ("Processing", "staff:processing", Permission.SEE_PROCESSING),
    ("Audit log", "accounts:trail", Permission.READ_TRAIL),
)
_INBOX = "accounts:inbox"
# What the banner of every staff page counts: emergencies nobody has taken, and those told without an account.
_BANNER = ("banner:emergencies", "banner:contacts")
_EMERGENCY = "Threat to life: emergency request"
# Of the catalogue, although its address begins like that of the list of notices.
_NOTICE_RULE = "/staff/notices/rule/"
# Pages that belong to an entry although their address begins otherwise.
_ALSO_UNDER = {
    "staff:queue": ("/staff/search/",),
    "staff:incoming": ("/staff/record/",),
    "staff:catalogue": (
        _NOTICE_RULE,
        "/staff/entry-points/",
        "/staff/calendars/",
        "/staff/routing/",
        "/staff/messages/words/",
        "/staff/templates/",
    ),
    "accounts:hooks": ("/staff/browser-reports/",),
    "officer:requests": ("/drafts/",),
    "accounts:trail": ("/staff/trail-state/",),
    "accounts:applications": (
        "/staff/officers/",
        "/staff/suspensions/",
        "/staff/conflicts/",
        "/staff/lost-factors/",
        "/staff/urgent-contacts/",
    ),
}
_OFFICER_NAV = (("Requests", "officer:requests"), ("Preservation", "holds:list"), ("Guidelines", "public:guidelines"))
_LEAD_NAV = ("Your agency", "accounts:my_agency")
_PUBLIC_NAV = (("Overview", "public:home"), ("Guidelines", "public:guidelines"), ("Request access", "accounts:start"))


def site(request: HttpRequest) -> dict[str, Any]:
    """Return the names every template may use."""
    items = [_item(request, label, name) for label, name in _entries(request)]
    counts = _counts(request, [item["name"] for item in items])
    return {
        "site": site_details(),
        "now": timezone.now(),
        "nav": _counted(request, items, counts) + _emergency(request),
        "unread_messages": counts.of(_INBOX) if counts else None,
        "emergencies_wait": _banner(request, counts),
        "trail_alarms": _trail_alarms(request, counts),
        "person": _person(request),
        "session_life": _session_life(request),
    }


def staff_pages(user: "User") -> list[str]:
    """Return the URL names of the list pages this member of staff may open, in the order of the navigation."""
    return [name for _label, name, right in _STAFF_NAV if has_permission(user, right)]


def _entries(request: HttpRequest) -> list[tuple[str, str]]:
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return list(_PUBLIC_NAV)
    if not is_verified(request):
        return list(_PUBLIC_NAV[:-1])  # no request for access from whoever has an account
    if user.is_staff_member:
        return [(label, name) for label, name, right in _STAFF_NAV if has_permission(user, right)]
    if user.is_officer:
        return [*_OFFICER_NAV[:-1], _LEAD_NAV, _OFFICER_NAV[-1]] if user.is_lead else list(_OFFICER_NAV)
    return [("Your application", "accounts:mine"), ("Guidelines", "public:guidelines")]


def _counts(request: HttpRequest, names: list[str]) -> Counts | None:
    """Return the counts of this page, the unread messages among them: asked for in one query, where they are drawn."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated or not is_verified(request):
        return None
    if getattr(request, "nothing_here", False):  # a page that says so counts nothing but what alarms
        names = []
    return Counts(user, [_INBOX, *([*names, *_BANNER] if user.is_staff_member else ())], at=timezone.now())


def _banner(request: HttpRequest, counts: Counts | None) -> list[Count] | None:
    """Return the counts of the banner, for all staff; the page asks for them with all others."""
    if counts is None or not request.user.is_staff_member:  # type: ignore[union-attr]
        return None
    return [counts.of(name) for name in _BANNER]


def _trail_alarms(request: HttpRequest, counts: Counts | None) -> int:
    """Return how many alarms about the trail last, for those who must do something; read from files."""
    sees = counts is not None and has_permission(request.user, Permission.SEE_TRAIL_STATE)  # type: ignore[arg-type]
    return len(alarms.going_on()) if sees else 0


def _counted(request: HttpRequest, items: list[dict[str, Any]], counts: Counts | None) -> list[dict[str, Any]]:
    """Put beside each entry of staff how much waits there."""
    if counts is None or not request.user.is_staff_member:  # type: ignore[union-attr]
        return items
    return [item | {"count": counts.of(item["name"])} for item in items]


def _emergency(request: HttpRequest) -> list[dict[str, Any]]:
    """The last entry of officers and the public: never further away than one click. Staff have the band instead."""
    user = getattr(request, "user", None)
    name = "public:emergency"
    if user is not None and user.is_authenticated and is_verified(request):
        if user.is_staff_member:
            return []
        name = "officer:emergency_new" if user.is_officer else name
    return [_item(request, _EMERGENCY, name) | {"emergency": True}]


def _item(request: HttpRequest, label: str, name: str) -> dict[str, Any]:
    url = reverse(name)
    starts = tuple(u for u in (url, *_ALSO_UNDER.get(name, ())) if u != "/")
    active = request.path == url or request.path.startswith(starts)
    if request.path == _NOTICE_RULE:
        active = _NOTICE_RULE in starts
    return {"label": label, "name": name, "url": url, "active": active}


def _session_life(request: HttpRequest) -> dict[str, Any] | None:
    """Until when the session lasts; only behind the second factor, where there is something to lose."""
    if getattr(request, "user", None) is None or not is_verified(request):
        return None
    at = timezone.now()
    life = session_life.life_of(request, at=at)
    warn = int(session_life.WARNING.total_seconds())
    return life.seconds(at) | {"until": life.until, "latest": life.longest, "warn": warn}


def _person(request: HttpRequest) -> dict[str, str] | None:
    """Who is signed in. Whoever has shown only a password reads the address they typed, and nothing about anybody."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return None
    if not is_verified(request):
        return {"email": user.email}
    if user.is_staff_member:
        second = ", ".join(sorted(r.replace("_", " ") for r in user.roles))
    else:
        member = user.membership
        second = member.agency.name if member else ""
    return {"name": user.get_full_name(), "second": second, "time_zone": user.time_zone}
