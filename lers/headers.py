"""What browsers are told with every answer: the policy of contents, of their own powers, and where they report."""

import environ
from csp.constants import NONE, SELF

# Browsers send here what a policy stopped (accounts.views.browser_reports). The name ties policy and address together.
REPORT_PATH = "/browser-reports/"
_ENDPOINT = "portal"
REPORTING_ENDPOINTS = f'{_ENDPOINT}="{REPORT_PATH}"'

# For what never came as far as the policy of pages: static files, and what was refused before. Opened as a page,
# nothing in it runs.
BARE_POLICY = (
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'; sandbox"
)

# Powers of a browser that no page here uses. A page that needs one takes it off, with a test that says why.
_UNUSED = (
    "accelerometer", "autoplay", "browsing-topics", "camera", "display-capture", "encrypted-media",
    "fullscreen", "gamepad", "geolocation", "gyroscope", "hid", "idle-detection", "local-fonts", "magnetometer",
    "microphone", "midi", "otp-credentials", "payment", "picture-in-picture", "screen-wake-lock", "serial",
    "storage-access", "usb", "window-management", "xr-spatial-tracking",
)  # fmt: skip
_OWN = ("publickey-credentials-create", "publickey-credentials-get")  # passkeys


def content_security_policy(form_targets: list[str], *, tls: bool) -> dict[str, dict[str, list[str]]]:
    """Return the policy of every page: nothing but our own files, nothing inline, so neither nonce nor hash.

    Reports go to `report-to` over TLS only: Chromium takes no endpoint from a page without it, and where it reads
    `report-to` it does not look at `report-uri`. Firefox and Safari look at that in any case.
    """
    modern = {"report-to": [_ENDPOINT]} if tls else {}
    return {
        "DIRECTIVES": modern
        | {
            "default-src": [NONE],
            "script-src": [SELF],
            "style-src": [SELF],
            "img-src": [SELF],
            "font-src": [SELF],
            "connect-src": [SELF],
            "form-action": [SELF, *form_targets],  # browsers apply it to where a form leads on to
            "base-uri": [NONE],
            "frame-ancestors": [NONE],
            "object-src": [NONE],
            "report-uri": [REPORT_PATH],
        }
    }


# What static files and refusals carry: no power for anybody.
NO_POWERS = ", ".join(f"{name}=()" for name in (*_UNUSED, *_OWN))


def permissions_policy() -> dict[str, list[str]]:
    """Return which powers of a browser a page may use."""
    return {name: [] for name in _UNUSED} | {name: ["self"] for name in _OWN}


def cookie_name(name: str, *, production: bool) -> str:
    """Return the cookie's name: browsers take __Host- only with Secure, for the whole host and from it alone."""
    return f"__Host-{name}" if production else f"lers_{name}"


def strict_transport_seconds(env: environ.Env, *, production: bool) -> int:
    """Return for how long browsers are to insist on TLS: a year, or what an operator who moves in says."""
    return int(env.int("HSTS_SECONDS", default=365 * 24 * 3600 if production else 0))
