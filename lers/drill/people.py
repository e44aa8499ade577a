"""Who is needed in a drill or a benchmark: the demo's company, staff, agencies and officers, without its cases."""

from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from accounts.models import User
from accounts.services.registry import load_official
from foundation.legal.catalogue import load as load_catalogue
from foundation.providers.models import Provider
from foundation.providers.seed import ensure_demo_provider
from lers.demo import people, registry
from lers.demo.errors import require_demo


def ensure() -> tuple[Provider, User]:
    """Make company, staff, agencies and officers where they are missing; return the company and an officer."""
    require_demo()
    if settings.PRODUCTION:
        raise SystemExit("Never in production: this fills the database with requests that nobody made.")
    now = timezone.now()
    long_ago = now - timedelta(days=200)
    load_catalogue(at=long_ago)
    load_official(at=long_ago)
    provider = ensure_demo_provider(at=long_ago)
    people.ensure_staff(provider, at=long_ago, now=now)
    agencies = registry.ensure_agencies(at=long_ago + timedelta(days=1))
    people.ensure_officers(agencies, at=long_ago + timedelta(days=2), now=now)
    return provider, people.who("officer")
