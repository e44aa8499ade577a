"""Settings: one file, driven by the environment. Secrets without a default fail loudly in production."""

import sys
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

from foundation.documents.storage_url import storage_entry
from lers import headers
from lers.databases import read_databases
from lers.embedded.valkey import broker_url
from lers.secrets import read_address, read_secret
from lers.single_sign_on import read_single_sign_on

env = environ.Env()

BASE_DIR = Path(__file__).resolve().parent.parent
ENVIRONMENT = env.str("ENVIRONMENT", default="local")
if ENVIRONMENT not in {"local", "test", "production"}:
    raise ImproperlyConfigured(f"ENVIRONMENT is {ENVIRONMENT!r}; it may be local, test or production.")
PRODUCTION = ENVIRONMENT == "production"

VAR_DIR = Path(env.str("VAR", default=str(BASE_DIR / "var"))).resolve()
_SECRETS_DIR = None if PRODUCTION else VAR_DIR / "secrets"

DEBUG = False
SECRET_KEY = read_secret("SECRET_KEY", generate_in=_SECRETS_DIR)
# Wraps the data key of every file and the secret of every authenticator app. A list, newest first, so that keys can
# be rotated: "id:hex,id:hex".
# Or under a key service that never lets its master key out (docs/deployment.md): the dotted path of a class.
DOCUMENT_KMS = env.str("DOCUMENT_KMS", default="")
DOCUMENT_MASTER_KEYS = (
    read_address("DOCUMENT_MASTER_KEYS")
    if DOCUMENT_KMS
    else read_secret("DOCUMENT_MASTER_KEYS", generate_in=_SECRETS_DIR)
)
VAULT_ADDR = env.str("VAULT_ADDR", default="")
VAULT_TOKEN, VAULT_TOKEN_FILE = env.str("VAULT_TOKEN", default=""), env.str("VAULT_TOKEN_FILE", default="")
VAULT_NAMESPACE, VAULT_CACERT = env.str("VAULT_NAMESPACE", default=""), env.str("VAULT_CACERT", default="")
VAULT_TRANSIT_MOUNT = env.str("VAULT_TRANSIT_MOUNT", default="transit")
VAULT_TRANSIT_KEY = env.str("VAULT_TRANSIT_KEY", default="lers-documents")
# Every column that holds something wrapped by a master key: model, column, and the column of the key's id ("": the id
# stands before the sealed bytes, ended by a zero byte). `manage.py rotate_keys` goes through them.
WRAPPED_KEYS = [
    ("documents.Document", "data_key", "master_key_id"),
    ("accounts.AuthenticatorApp", "sealed_secret", "master_key_id"),
    ("requests_app.DisclosurePackage", "passphrase_wrapped", ""),
    ("requests_app.SigningIdentity", "sealed_key", ""),
]
# Signs the checkpoints of the trail (Ed25519 seed, 32 bytes as hex).
AUDIT_SIGNING_KEY = read_secret("AUDIT_SIGNING_KEY", generate_in=_SECRETS_DIR)

# Alarms about the trail: where their files are, who is told beside administrators and auditors, and whose addresses
# those are (a function). docs/audit.md
ALARM_DIR = env.str("ALARM_DIR", default=str(VAR_DIR / "alarms"))
ALARM_RECIPIENTS = [address.strip() for address in env.list("ALARM_RECIPIENTS", default=[]) if address.strip()]
ALARM_PEOPLE = "accounts.services.watchers.addresses"

# Demo data, its sign-ins and the mail page. Production refuses it.
DEMO = env.bool("DEMO", default=ENVIRONMENT == "local")
if PRODUCTION and DEMO:
    raise ImproperlyConfigured("DEMO=1 gives everybody's password away: production refuses it.")

# The address people type. Links in mails are built from it, never from a request's Host header.
PUBLIC_URL = env.str("PUBLIC_URL", default="http://localhost:8000") if not PRODUCTION else env.str("PUBLIC_URL")
# What pages and messages say about the company. No default in production: nobody may be sent to a sample number.
SITE_NAME = env.str("SITE_NAME") if PRODUCTION else env.str("SITE_NAME", default="Meridian Exchange")
EMERGENCY_PHONE = env.str("EMERGENCY_PHONE") if PRODUCTION else env.str("EMERGENCY_PHONE", default="+44 20 7946 0112")
# Where agencies reach the desk in office hours. Without it mails and pages name the contact page instead.
SITE_DESK_PHONE = env.str("SITE_DESK_PHONE", default="" if PRODUCTION else "+44 20 7946 0100")
SITE_POSTAL_ADDRESS = env.str("SITE_POSTAL_ADDRESS", default="" if PRODUCTION else "12 Sample Quay, Dublin")
ALLOWED_HOSTS = (
    env.list("ALLOWED_HOSTS") if PRODUCTION else env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1"])
)
# Who is told of a weakness (RFC 9116): an https or mailto address; empty: security@ the domain our mails come from.
SECURITY_CONTACT = env.str("SECURITY_CONTACT", default="")
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.socialaccount",  # which account of the company belongs to whom: accounts.services.single_sign_on
    "django_otp",
    "django_otp.plugins.otp_totp",  # empty table: accounts.0007 moved its rows to accounts.AuthenticatorApp
    "django_otp_webauthn",
    "csp",
    "foundation.audit",
    "foundation.core",
    "foundation.legal",
    "foundation.documents",
    "foundation.notifications",
    "foundation.providers",
    "accounts",
    "preservation",
    "requests_app",
    "lers",
]

MIDDLEWARE = [
    "lers.answer_headers.AnswerHeadersMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "lers.fetch_site.FetchSiteMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "foundation.audit.middleware.AuditContextMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.middleware.AccessMiddleware",
    "lers.unavailable.FilesUnavailableMiddleware",
]

ROOT_URLCONF = "lers.urls"
WSGI_APPLICATION = "lers.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "accounts.context_processors.site",
            ],
            "builtins": ["foundation.core.templatetags.portal"],
        },
    }
]

# Two roles: the owner changes the schema, the app may not touch what is append-only. Where DATABASE_URL is
# not set, the embedded server is started when the first connection is opened (lers.postgresql).
_OWNER_COMMANDS = {"migrate", "flush", "sqlmigrate", "showmigrations", "makemigrations"}
DATABASE_ROLE = env.str("DATABASE_ROLE", default="owner" if sys.argv[1:2] and sys.argv[1] in _OWNER_COMMANDS else "app")
DATABASE_APP_ROLE = env.str("DATABASE_APP_ROLE", default="lers_app")
DATABASE_READER_ROLE = env.str("DATABASE_READER_ROLE", default="")  # may read the trail and nothing else
DATABASES: dict[str, dict[str, Any]]
DATABASES, EMBEDDED_DATABASE = read_databases(env, role=DATABASE_ROLE, production=PRODUCTION)

REDIS_URL = read_address("REDIS_URL")
if PRODUCTION and not REDIS_URL:
    raise ImproperlyConfigured("Set REDIS_URL: production has no embedded broker.")

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
# NIST SP 800-63B-4: length and a list of common passwords, no composition rules.
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "accounts.passwords.LengthValidator"},
    {"NAME": "accounts.passwords.OwnWordsValidator"},
    {"NAME": "accounts.passwords.GuessableValidator"},
]
LOGIN_URL = "/sign-in/"
LOGIN_REDIRECT_URL = "/start/"
LOGOUT_REDIRECT_URL = "/"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_RATE_LIMITS = False  # counted in PostgreSQL instead: accounts.services.limits

# Domains of the company's own addresses: colleagues are invited with no other. Empty: with any that is neither a mail
# service that anybody can join nor an agency's. Exactly these: a name under one is another domain.
STAFF_EMAIL_DOMAINS = [name.strip().lower() for name in env.list("STAFF_EMAIL_DOMAINS", default=[]) if name.strip()]

# Hours in which others are to decide about a colleague whom one person blocked alone; after that all of them are told.
STAFF_BLOCK_HOURS = env.int("STAFF_BLOCK_HOURS", default=24)

# Single sign-on of staff with OpenID Connect, off without an issuer: docs/single-sign-on.md.
_sso = read_single_sign_on(env, production=PRODUCTION)
SSO_OIDC_ISSUER, SSO_OIDC_NAME = _sso.issuer, _sso.name
SSO_OIDC_CLIENT_ID, SSO_OIDC_CLIENT_SECRET = _sso.client_id, _sso.client_secret
# Where the provider's addresses are: nothing else is called, and no form of ours may lead elsewhere.
SSO_ORIGINS = _sso.origins
SSO_STAFF_DOMAINS = _sso.domains
SSO_REQUIRED_FOR_STAFF = _sso.required
SSO_SIGN_OUT_THERE = _sso.sign_out_there
SOCIALACCOUNT_ADAPTER = "accounts.adapter.StaffSignOn"
SOCIALACCOUNT_REQUESTS_TIMEOUT = 5  # seconds without a byte

# Rows that name their owner; django.contrib.sessions stays installed for its commands, its table is empty.
SESSION_ENGINE = "accounts.session_store"
SESSION_COOKIE_AGE = 12 * 3600  # absolute limit (NIST SP 800-63B-4 AAL3)
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = PRODUCTION
SESSION_COOKIE_NAME = headers.cookie_name("session", production=PRODUCTION)
CSRF_COOKIE_SECURE = PRODUCTION
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_NAME = headers.cookie_name("csrf", production=PRODUCTION)
# Remembers for over a year which people signed in on a device: see accounts.known_devices.
DEVICE_COOKIE_NAME = headers.cookie_name("device", production=PRODUCTION)
# Whoever signs in agrees to the rules of use above the form; raise it whenever their text changes (SEC-28).
RULES_VERSION = "2026-11"
CSRF_FAILURE_VIEW = "lers.views.csrf_failure"
# Idle limits in seconds (CJIS AC-11: at most 30 minutes).
IDLE_OFFICER_SECONDS = env.int("IDLE_OFFICER_SECONDS", default=30 * 60)
IDLE_STAFF_SECONDS = env.int("IDLE_STAFF_SECONDS", default=15 * 60)
# Hours from the arrival of a takedown notice to its answer: docs/takedowns.md.
TAKEDOWN_HOURS = env.int("TAKEDOWN_HOURS", default=36)
# How long a second factor counts as fresh for dangerous acts.
STEP_UP_SECONDS = env.int("STEP_UP_SECONDS", default=300)
# Answers to the company's own systems leave at whole multiples of so many seconds: their time tells nothing.
COMPANY_ANSWER_BEAT = env.float("COMPANY_ANSWER_BEAT", default=0.1)
# Hours that downloads wait after any change of factors, decisions after all were replaced, and a new factor counts for
# neither: docs/sign-in.md.
FACTOR_COOL_DOWN_HOURS = env.int("FACTOR_COOL_DOWN_HOURS", default=24)
# Approving and releasing need a passkey (NIST SP 800-63B-4: resists phishing), not a code that can be talked out of.
PASSKEY_FOR_DECISIONS = env.bool("PASSKEY_FOR_DECISIONS", default=PRODUCTION)
# Passkeys belong to the host of PUBLIC_URL and to that origin exactly. Browsers want HTTPS, or http://localhost.
_public = urlsplit(PUBLIC_URL)
OTP_WEBAUTHN_RP_ID = _public.hostname or "localhost"
OTP_WEBAUTHN_RP_NAME = SITE_NAME
OTP_WEBAUTHN_ALLOWED_ORIGINS = [f"{_public.scheme}://{_public.netloc}"]
OTP_WEBAUTHN_ALLOW_PASSWORDLESS_LOGIN = False
# A portal tried out under http://10.0.0.5:8000 works, only without passkeys; production redirects to HTTPS.
SILENCED_SYSTEM_CHECKS = ["otp_webauthn.E031"]

SECURE_SSL_REDIRECT = PRODUCTION
SECURE_HSTS_SECONDS = headers.strict_transport_seconds(env, production=PRODUCTION)
SECURE_HSTS_INCLUDE_SUBDOMAINS = PRODUCTION
SECURE_HSTS_PRELOAD = PRODUCTION
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.bool("BEHIND_PROXY", default=PRODUCTION) else None
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = headers.content_security_policy(SSO_ORIGINS, tls=_public.scheme == "https")
PERMISSIONS_POLICY: dict[str, list[str]] = headers.permissions_policy()

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English")]
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

STATIC_URL = "/static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", default=str(VAR_DIR / "static")))
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_ALLOW_ALL_ORIGINS = False
STORAGE_URL = read_address("STORAGE_URL") or f"file://{VAR_DIR / 'documents'}"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},  # nothing uses it
    "documents": storage_entry(STORAGE_URL),
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
# Upload limits in bytes: officers' documents, staff's records.
UPLOAD_LIMIT_OFFICER = env.int("UPLOAD_LIMIT_OFFICER", default=25 * 1024 * 1024)
UPLOAD_LIMIT_STAFF = env.int("UPLOAD_LIMIT_STAFF", default=10 * 1024**3)
# Lists of other systems are read as a whole: not an environment's choice (requests_app.services.batch_files.SIZE).
UPLOAD_LIMIT_LIST = 5 * 1024 * 1024
# Over a bad line files come in pieces of so many bytes; a front server that waits for a whole piece holds it in memory.
UPLOAD_PIECE_BYTES = env.int("UPLOAD_PIECE_BYTES", default=8 * 1024 * 1024)
# A line that brings nothing for so long counts as cut, and what arrived until then is kept.
UPLOAD_SILENCE_SECONDS = env.int("UPLOAD_SILENCE_SECONDS", default=30)
# Which limit holds for a request: a function of the request, asked before the first byte is stored.
UPLOAD_LIMIT_RULE = "accounts.uploads.limit_of"
# Where a custodian's key arrives: it is small, is put under a PIN at once and must not be stored as it came.
KEY_UPLOAD_PATHS = ("/staff/certificates/key/",)
# These alone: every other handler keeps uploads in plain, in memory or in a temporary file.
FILE_UPLOAD_HANDLERS = [
    "foundation.documents.key_uploads.KeyUploadHandler",
    "foundation.documents.hashed_uploads.HashingUploadHandler",
    "foundation.documents.uploads.EncryptingUploadHandler",
]
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FILES = 20
# Page images of office files: "auto" where LibreOffice is installed, or "off"; then they can only be downloaded.
OFFICE_PREVIEWS = env.str("OFFICE_PREVIEWS", default="auto")
CLAMD_ADDRESS = env.str("CLAMD_ADDRESS", default="")  # unix:/path or host:port; empty: files stay "unscanned"
# Larger ones are not sent to the scanner in one piece; StreamMaxLength, MaxFileSize and MaxScanSize in clamd.conf are
# as large or larger.
CLAMD_MAX_BYTES = env.int("CLAMD_MAX_BYTES", default=1000 * 1024 * 1024)
# Believe no scanner that calls clean what it did not look at (clamd without AlertExceedsMax).
CLAMD_STRICT = env.bool("CLAMD_STRICT", default=PRODUCTION)
# Signatures older than so many days are an alarm for the operator.
CLAMD_SIGNATURE_DAYS = env.int("CLAMD_SIGNATURE_DAYS", default=3)
# Up to this size a file is scanned again while the person who downloads it waits.
RESCAN_AT_ONCE_BYTES = env.int("RESCAN_AT_ONCE_BYTES", default=32 * 1024 * 1024)
# Folder with the certificates (PEM or DER) whose electronic signatures are trusted; empty: no signer is known. A demo
# keeps its own authority there.
SIGNATURE_TRUST_DIR = env.str("SIGNATURE_TRUST_DIR", default=str(VAR_DIR / "signature-trust") if DEMO else "")
# Who stamps the time onto signed certificates (RFC 3161), and the file of roots (PEM) that its stamps are checked
# against; empty: certificates are signed without a time stamp, and say so. docs/signing.md
TIMESTAMP_URL = read_address("TIMESTAMP_URL")
TIMESTAMP_ROOTS = env.str("TIMESTAMP_ROOTS", default="")
# A demo keeps an authority of its own there, which stamps where no other is set.
SIGNING_AUTHORITY_DIR = str(VAR_DIR / "signing-authority") if DEMO else ""
STAMPING_KEY, STAMPING_ROOT = "stamping.pem", "root.pem"
OWN_STAMPER = "lers.demo.authority.stamp"
# The trail's newest checkpoint is stamped at most every so many seconds, and each stamp is added to a file there, which
# the operator copies to where the portal cannot reach; empty: no file. docs/audit.md
ANCHOR_SECONDS = env.int("ANCHOR_SECONDS", default=300)
AUDIT_PUBLISH_DIR = env.str("AUDIT_PUBLISH_DIR", default=str(VAR_DIR / "anchors") if DEMO else "")
# Name servers that the checks of an applicant's domain ask: "192.0.2.1:53,192.0.2.2:53"; empty: those of the system;
# "off": none, the check says that it could not be done. The domains of a demo exist nowhere.
VETTING_DNS = env.str("VETTING_DNS", default="" if PRODUCTION else "off")
# Who asks for access declares on this version of the guidelines; raise it whenever their text changes.
GUIDELINES_VERSION = env.str("GUIDELINES_VERSION", default="2026-11")
# Days after the decision until the copy of an identity document is deleted; its hash stays.
IDENTITY_DOCUMENT_DAYS = env.int("IDENTITY_DOCUMENT_DAYS", default=30)
# Days until the words of an officer's receipt are deleted; their hash stays in the trail.
RECEIPT_DAYS = env.int("RECEIPT_DAYS", default=2557)
# The header in which a trusted front server names the visitor's country, such as CF-IPCountry; empty: there is none.
COUNTRY_HEADER = env.str("COUNTRY_HEADER", default="")

_email_url = read_address("EMAIL_URL")
if PRODUCTION and not _email_url:
    raise ImproperlyConfigured("Set EMAIL_URL: production has no mail catcher.")
_mail = env.email_url_config(_email_url or "smtp://localhost:2525")
EMAIL_BACKEND = _mail["EMAIL_BACKEND"]
EMAIL_HOST, EMAIL_PORT = _mail["EMAIL_HOST"], _mail["EMAIL_PORT"]
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _mail["EMAIL_HOST_USER"] or "", _mail["EMAIL_HOST_PASSWORD"] or ""
# Requests that agencies send by mail are read from this mailbox over IMAP with TLS, for people to look at; off without
# a host: docs/channels.md. MAILBOX_PROVIDER: the company's slug, where there are several.
MAILBOX_HOST, MAILBOX_PORT = env.str("MAILBOX_HOST", default=""), env.int("MAILBOX_PORT", default=993)
MAILBOX_STARTTLS = env.bool("MAILBOX_STARTTLS", default=False)
MAILBOX_USER, MAILBOX_PASSWORD = env.str("MAILBOX_USER", default=""), read_address("MAILBOX_PASSWORD")
MAILBOX_FOLDER = env.str("MAILBOX_FOLDER", default="INBOX")
MAILBOX_CA_FILE = env.str("MAILBOX_CA_FILE", default="")
MAILBOX_PROVIDER = env.str("MAILBOX_PROVIDER", default="")
EMAIL_USE_TLS, EMAIL_USE_SSL = _mail.get("EMAIL_USE_TLS", False), _mail.get("EMAIL_USE_SSL", False)
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="Government requests <no-reply@requests.meridian.example>")
# Where reports about mail that did not arrive go (the envelope's sender); empty: to the sender that people read.
BOUNCE_ADDRESS = env.str("BOUNCE_ADDRESS", default="")
# A Maildir into which a mail server puts such reports; empty: none is read (they may be piped to take_bounce instead).
BOUNCE_MAILDIR = env.str("BOUNCE_MAILDIR", default="")
DEMO_MAIL_DIR = VAR_DIR / "mail"

# Where the demo's reference company answers, and the file of the keys it shares with the portal; `make run` sets both
# (lers.demo.connector). A company of its own stands in its row: docs/connector.md.
CONNECTOR_URL, CONNECTOR_KEYS_FILE = env.str("CONNECTOR_URL", default=""), env.str("CONNECTOR_KEYS_FILE", default="")

# Private networks into which hooks may lead ("10.20.0.0/16,fd12::/48"); empty: only public addresses. docs/hooks.md
HOOKS_ALLOWED_NETWORKS = [str(ip_network(text.strip())) for text in env.list("HOOKS_ALLOWED_NETWORKS", default=[])]
# The same for the company's own systems, which the connector asks: docs/connector.md
CONNECTOR_ALLOWED_NETWORKS = [
    str(ip_network(text.strip())) for text in env.list("CONNECTOR_ALLOWED_NETWORKS", default=[])
]

# Celery only hurries rows that are jobs already; losing it loses nothing.
CELERY_BROKER_URL = REDIS_URL or broker_url(VAR_DIR)
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "beat-schedule")
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_MAX_TASKS_PER_CHILD = 500
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# interval_start 0: kombu sleeps 2 s before it tells a web request that the broker is gone.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "socket_timeout": 3,
    "socket_connect_timeout": 1,
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0,
}
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TIMEZONE = "UTC"
CELERY_ENABLE_UTC = True

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "filters": {"mask_tokens": {"()": "lers.logs.MaskTokens"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain", "filters": ["mask_tokens"]}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {"weasyprint": {"level": "ERROR"}, "fontTools": {"level": "ERROR"}},
}

TEST_RUNNER = "django.test.runner.DiscoverRunner"
