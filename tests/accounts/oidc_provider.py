"""A real OpenID Connect provider in a process of its own: django-oauth-toolkit, with its pages and its signatures.

    python tests/accounts/oidc_provider.py ISSUER KEY_FILE REDIRECT_URI...

Prints the port it listens on. It signs ID tokens with RS256, insists on PKCE, and has a sign-in page. Beside it there
is one address for tests: POST /people/ makes somebody who can sign in there.
"""

import sys
from pathlib import Path
from wsgiref.simple_server import WSGIRequestHandler, make_server

import django
from django.conf import settings

CLIENT_ID, CLIENT_SECRET = "portal", "the secret of the portal"
PASSWORD = "password at the company"

SIGN_IN_PAGE = """<!DOCTYPE html><html lang="en"><head><title>Sign in: Company</title></head><body>
<h1>Company account</h1><form method="post">{% csrf_token %}{{ form.as_p }}<button>Continue</button></form>
</body></html>"""


def configure(issuer: str, key: str) -> None:
    """Give this process the settings of a small Django project that is a provider."""
    settings.configure(
        SECRET_KEY="of the provider",
        ALLOWED_HOSTS=["*"],
        ROOT_URLCONF=__name__,
        USE_TZ=True,
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        INSTALLED_APPS=[
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.sessions",
            "oauth2_provider",
        ],
        MIDDLEWARE=[
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
        ],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "OPTIONS": {
                    "loaders": [
                        (
                            "django.template.loaders.locmem.Loader",
                            {"registration/login.html": SIGN_IN_PAGE},
                        ),
                        "django.template.loaders.app_directories.Loader",
                    ],
                    "context_processors": ["django.template.context_processors.request"],
                },
            }
        ],
        LOGIN_URL="/accounts/login/",
        SESSION_COOKIE_NAME="company_session",
        CSRF_COOKIE_NAME="company_csrf",
        LOGGING_CONFIG=None,
        OAUTH2_PROVIDER={
            "OIDC_ENABLED": True,
            "OIDC_ISS_ENDPOINT": issuer,
            "OIDC_RSA_PRIVATE_KEY": key,
            "OIDC_RP_INITIATED_LOGOUT_ENABLED": True,
            "OIDC_RP_INITIATED_LOGOUT_ALWAYS_PROMPT": False,
            "OAUTH2_VALIDATOR_CLASS": f"{__name__}.claims",
            "PKCE_REQUIRED": True,
            "SCOPES": {"openid": "Sign in", "email": "Address"},
        },
    )
    django.setup()


def prepare(redirect_uris: list[str]) -> None:
    """Make the tables, and register the portal."""
    from django.core.management import call_command  # noqa: PLC0415 - after django.setup()
    from oauth2_provider.models import Application  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    Application.objects.create(
        name="Portal",
        client_id=CLIENT_ID,
        client_secret=CLIENT_SECRET,
        client_type=Application.CLIENT_CONFIDENTIAL,
        authorization_grant_type=Application.GRANT_AUTHORIZATION_CODE,
        algorithm=Application.RS256_ALGORITHM,
        redirect_uris=" ".join(redirect_uris),
        post_logout_redirect_uris=" ".join(uri.partition("sign-in/")[0] for uri in redirect_uris),
        skip_authorization=True,
    )


def __getattr__(name: str):
    """What Django looks up by name, made when it does: its parts cannot be imported before it is set up."""
    if name == "urlpatterns":
        return _urls()
    if name == "claims":
        return _claims()
    raise AttributeError(name)


def _urls() -> list:
    from django.contrib.auth.models import User  # noqa: PLC0415
    from django.contrib.auth.views import LoginView  # noqa: PLC0415
    from django.http import JsonResponse  # noqa: PLC0415
    from django.urls import include, path  # noqa: PLC0415
    from django.views.decorators.csrf import csrf_exempt  # noqa: PLC0415

    @csrf_exempt
    def people(request):
        email = request.POST["email"]
        name = f"{email.partition('@')[0]}{User.objects.count()}"
        # Whether the address was verified stands where there is room for it.
        verified = request.POST["verified"] == "1"
        user = User.objects.create_user(name, email, PASSWORD, is_staff=verified)
        return JsonResponse({"username": name, "sub": str(user.pk)})

    return [
        path("people/", people),
        path("accounts/login/", LoginView.as_view()),
        path("o/", include("oauth2_provider.urls", namespace="oauth2_provider")),
    ]


def _claims() -> type:
    from oauth2_provider.oauth2_validators import OAuth2Validator  # noqa: PLC0415

    class Claims(OAuth2Validator):
        oidc_claim_scope = OAuth2Validator.oidc_claim_scope | {"email_verified": "email"}

        def get_additional_claims(self, request):
            return {"email": request.user.email, "email_verified": request.user.is_staff}

    return Claims


class Quiet(WSGIRequestHandler):
    def log_message(self, *_args) -> None:
        """Say nothing of each request."""


if __name__ == "__main__":
    configure(sys.argv[1], Path(sys.argv[2]).read_text())
    prepare(sys.argv[3:])
    from django.core.wsgi import get_wsgi_application

    with make_server("127.0.0.1", 0, get_wsgi_application(), handler_class=Quiet) as server:
        print(server.server_port, flush=True)
        server.serve_forever()
