"""Where allauth meets the portal: no sign-up, our own limits, sign-ins in the trail, and no pages of its own."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.contrib.auth import authenticate
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone

from accounts import kept_forms, session_life
from accounts.known_devices import own_count
from accounts.models import User
from accounts.oidc import ProviderSession
from accounts.services import sign_in, single_sign_on
from foundation.audit.middleware import client_ip
from foundation.core.errors import NotAllowed

# One sentence for a wrong address, a wrong password, and an account that was closed.
WRONG = "The e-mail address or the password is wrong."
LOCKED = "Too many tries. Wait %(minutes)d minutes, then try again, or set a new password now."


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Officers come in through an application for access, staff through an invitation; nobody signs up."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Refuse allauth's own sign-up."""
        return False

    def get_login_stages(self) -> list[str]:
        """Name no stage: an account exists only after its address was confirmed, and the second factor is ours."""
        return []

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        """Check address and password within the limits; raises ValidationError when there were too many tries."""
        email, place = str(credentials.get("email", "")).strip().lower(), client_ip(request)
        device, at = own_count(request, email), timezone.now()
        if until := sign_in.locked_until(email, place, device=device, at=at):
            sign_in.note_failure(email, locked=True)
            raise ValidationError(LOCKED % {"minutes": sign_in.minutes_until(until, at)}, code="locked")
        user = authenticate(request, email=email, password=credentials.get("password"))
        AuthenticationBackend.unstash_authenticated_user()  # somebody inactive is nobody
        if not isinstance(user, User):
            sign_in.note_failure(email, locked=False)
            return None
        try:
            single_sign_on.require_instead(user, place=place, device=device)
        except NotAllowed as refusal:
            raise ValidationError(str(refusal), code="single_sign_on") from refusal
        sign_in.accept_password(user, email=email, place=place, device=device)
        return user

    def login(self, request: HttpRequest, user: User) -> None:
        """Open a session that ends after SESSION_COOKIE_AGE, however busy it is."""
        super().login(request, user)
        session_life.begin(request)
        kept_forms.look_up(request, user)

    def respond_user_inactive(self, request: HttpRequest, user: User) -> HttpResponse:
        """Send somebody whose account was closed meanwhile back to the beginning."""
        return HttpResponseRedirect(reverse("accounts:sign_in"))

    def is_safe_url(self, url: str | None) -> bool:
        """Follow paths of our own only."""
        return sign_in.is_local(url)

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """Say nothing: the page that follows shows who is signed in."""

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send nothing: every mail of ours leaves through the outbox."""
        raise NotImplementedError(f"{template_prefix}: mails leave through the outbox.")


class StaffSignOn(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """allauth's single sign-on without its own ways in: accounts.oidc asks, the service decides."""

    def get_requests_session(self) -> ProviderSession:
        """Return what asks the provider, and nobody else."""
        return ProviderSession()

    def list_apps(self, request: HttpRequest, provider: Any = None, client_id: Any = None) -> list[Any]:
        """Name no provider: the one there is stands in the settings, none in the database."""
        return []

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        """Refuse allauth's own sign-up."""
        return False

    def is_auto_signup_allowed(self, request: HttpRequest, sociallogin: Any) -> bool:
        """Refuse to make an account of what a provider says."""
        return False

    def can_authenticate_by_email(self, login: Any, email: str) -> bool:
        """Refuse allauth's own way from an address to an account."""
        return False

    def save_user(self, request: HttpRequest, sociallogin: Any, form: Any = None) -> Any:
        """Make nobody."""
        raise NotImplementedError("Single sign-on makes no account.")
