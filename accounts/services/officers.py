"""What the desk knows of one officer, gathered from where it is kept."""

from typing import Any

from django.db.models import Q

from accounts.member_words import LISTED
from accounts.models import AccessApplication, AgencyMembership, CallBack, User, Vouch
from accounts.services import factors
from foundation.audit.models import AuditEvent

_MOST = 50


def known_of(user: User) -> dict[str, Any]:
    """Return memberships, applications, calls, kinds of factors, vouches and history, each the newest first."""
    memberships = list(
        AgencyMembership.objects.filter(user=user).select_related("agency", "ended_by").order_by("-started_at", "-pk")
    )
    sent = AccessApplication.objects.filter(user=user).exclude(submitted_at=None)
    applications = list(sent.select_related("agency").order_by("-submitted_at", "-pk")[:_MOST])
    about = Q(about_user=user) | Q(application__in=[application.pk for application in applications])
    calls = CallBack.objects.filter(about).select_related("number", "called_by", "agency", "application")
    return {
        "memberships": memberships,
        "applications": applications,
        "calls": list(calls.order_by("-called_at", "-pk")[:_MOST]),
        "factors": [str(factor.kind.label) for factor in factors.factors_of(user)],
        "codes_left": factors.codes_left(user),
        "vouches": list(Vouch.objects.filter(made_by=user).select_related("agency").order_by("-made_at")[:_MOST]),
        "vouched_by": list(Vouch.objects.filter(email=user.email).select_related("made_by").order_by("-made_at")[:10]),
        "history": _history(user, memberships, applications),
    }


def _history(user: User, memberships: list[AgencyMembership], applications: list[AccessApplication]) -> Any:
    """Entries of the trail about the officer; never from where somebody signed in."""
    about = Q(object_type=User._meta.label_lower, object_id=str(user.pk))
    own = [str(member.pk) for member in memberships]
    about |= Q(object_type=AgencyMembership._meta.label_lower, object_id__in=own)
    sent = [str(application.pk) for application in applications]
    about |= Q(object_type=AccessApplication._meta.label_lower, object_id__in=sent)
    about |= Q(object_type=Vouch._meta.label_lower, actor_kind=User._meta.label_lower, actor_id=str(user.pk))
    found = AuditEvent.objects.filter(about, action__in=LISTED).defer("payload", "digest")
    return list(found.order_by("-occurred_at", "-pk")[:_MOST])
