"""Template tags about calls to agencies: what they say together, and numbers that are new."""

from collections.abc import Iterable

from django import template
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from accounts.call_answers import Heard, contradict, newest_first
from accounts.guards import call_moments
from accounts.member_words import SUSPENDED, state_words
from accounts.models import AccessApplication, AgencyNumber, CallBack
from accounts.services.calls import is_new
from foundation.core.templatetags.portal import badge, status_tag

register = template.Library()
register.filter(contradict)


@register.simple_tag
def calls_about(application: AccessApplication, made: Iterable[CallBack]) -> list[Heard]:
    """The calls about an application, the newest first, each with why it counts no more."""
    return newest_first(made, moments=call_moments(application))


@register.simple_tag
def new_number(number: AgencyNumber) -> SafeString:
    """The badge of a number that the directory has had for less than 7 days; nothing for others."""
    return SafeString(badge(_("New number: two people"))) if is_new(number, at=timezone.now()) else SafeString("")


@register.simple_tag
def suspended_tag() -> SafeString:
    """The one tag of whatever is suspended: the same words and colour everywhere."""
    return SafeString(status_tag(*state_words(SUSPENDED)))
