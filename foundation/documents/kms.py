"""Master keys that never leave a key service (KMS): the protocol, and HashiCorp Vault's Transit engine.

DOCUMENT_KMS names a class that is made without arguments and follows KeyService. OpenBao speaks Vault's protocol too.
"""

import base64
import binascii
import logging
import re
import threading
import time
from pathlib import Path
from typing import Any, Protocol, cast
from urllib.parse import quote, urlsplit

import requests
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from foundation.documents.errors import DocumentDamaged, KeyServiceUnavailable

logger = logging.getLogger(__name__)

# Seconds to connect, and to wait for a byte: a page waits for the answer.
TIMEOUT = (2.0, 4.0)
# Seconds of rest after the first, the second… try that failed.
RESTS = (0.2, 0.6)
_PASSING = frozenset({408, 412, 429, 472, 473, 500, 502, 503, 504})
_CIPHERTEXT = re.compile(r"vault:v([1-9][0-9]{0,8}):[A-Za-z0-9+/=]+", re.ASCII)
_connections = threading.local()


class KeyService(Protocol):
    """What a key service must do. Context is bound to what is sealed, where the service can."""

    def wrap(self, plain: bytes, context: bytes) -> tuple[bytes, str]:
        """Return what was sealed under the newest key, and the name of that key with its version.

        The name has at most 36 characters and changes when the key is rotated. Raises KeyServiceUnavailable.
        """

    def unwrap(self, sealed: bytes, key_id: str, context: bytes) -> bytes:
        """Return the plain bytes; raise DocumentDamaged where it will never open, KeyServiceUnavailable for now."""


def key_service() -> KeyService:
    """Return the service that DOCUMENT_KMS names; raises ImproperlyConfigured where it cannot be made."""
    try:
        return cast("KeyService", import_string(settings.DOCUMENT_KMS)())
    except ImportError as error:
        raise ImproperlyConfigured(f"DOCUMENT_KMS names {settings.DOCUMENT_KMS!r}, which is not there.") from error


class VaultTransit:
    """HashiCorp Vault's Transit secrets engine, with an AEAD key (aes256-gcm96).

    The token needs "update" on <mount>/encrypt/<key> and <mount>/decrypt/<key>, nothing else.
    """

    def __init__(self) -> None:
        parts = urlsplit(settings.VAULT_ADDR)
        if parts.scheme not in {"https", "http"} or not parts.hostname:
            raise ImproperlyConfigured("Set VAULT_ADDR to the address of Vault, such as https://vault.example:8200.")
        if settings.PRODUCTION and parts.scheme != "https":
            raise ImproperlyConfigured("VAULT_ADDR must begin with https: keys of files go over this line.")
        if not re.fullmatch(r"[A-Za-z0-9_.-]{1,20}", settings.VAULT_TRANSIT_KEY):
            raise ImproperlyConfigured("VAULT_TRANSIT_KEY must be 1 to 20 letters, digits, points, dashes, underlines.")
        if not (settings.VAULT_TOKEN or settings.VAULT_TOKEN_FILE):
            raise ImproperlyConfigured("Set VAULT_TOKEN_FILE (or VAULT_TOKEN): the portal signs in to Vault with it.")
        self._base = f"{settings.VAULT_ADDR.rstrip('/')}/v1/{quote(settings.VAULT_TRANSIT_MOUNT.strip('/'))}"
        self._key = settings.VAULT_TRANSIT_KEY

    def wrap(self, plain: bytes, context: bytes) -> tuple[bytes, str]:
        """Seal with the newest version of the key; the id is the key's name and that version."""
        answer = self._ask("encrypt", plaintext=_text(plain), associated_data=_text(context))
        found = _CIPHERTEXT.fullmatch(str(answer.get("ciphertext", "")))
        if found is None:
            raise _unavailable("Vault answered an encrypt call without a ciphertext.")
        return found[0].encode(), f"{self._key}:{found[1]}"

    def unwrap(self, sealed: bytes, key_id: str, context: bytes) -> bytes:
        """Open with whichever version of the key sealed it."""
        if key_id.rpartition(":")[0] != self._key:
            raise DocumentDamaged(f"This was sealed under the key {key_id!r} of another key service.")
        ciphertext = sealed.decode("ascii", "replace")
        answer = self._ask("decrypt", ciphertext=ciphertext, associated_data=_text(context))
        try:
            return base64.b64decode(str(answer["plaintext"]), validate=True)
        except (KeyError, binascii.Error) as error:
            raise _unavailable("Vault answered a decrypt call without a plaintext.") from error

    def _ask(self, verb: str, **body: str) -> dict[str, Any]:
        """Ask, and ask again where the fault may pass; a refusal to open is final."""
        for rest in (*RESTS, None):
            try:
                return self._asked_once(verb, body)
            except KeyServiceUnavailable as error:
                if rest is None or not error.may_pass:
                    raise
                time.sleep(rest)
        raise AssertionError("unreachable")

    def _asked_once(self, verb: str, body: dict[str, str]) -> dict[str, Any]:
        try:
            answer = _session().post(
                f"{self._base}/{verb}/{self._key}",
                json=body,
                headers=_headers(),
                timeout=TIMEOUT,
                allow_redirects=False,  # the token goes nowhere else
                verify=settings.VAULT_CACERT or True,
            )
            status, content = answer.status_code, _content(answer)
        except requests.RequestException as error:
            raise _unavailable(f"Vault does not answer: {type(error).__name__}.", may_pass=True) from error
        if status == requests.codes.ok and isinstance(content.get("data"), dict):
            return dict(content["data"])
        why = "; ".join(map(str, content.get("errors") or []))[:300]
        if status == requests.codes.bad_request and verb == "decrypt":
            logger.error("Vault refuses to open a key: %s", why)
            raise DocumentDamaged("The key service does not open the key of this file.")
        raise _unavailable(f"Vault answers {verb} with {status}: {why}", may_pass=status in _PASSING)


def _session() -> requests.Session:
    """Return this thread's open connections; no proxy and no netrc of the environment, no cookies."""
    if not hasattr(_connections, "session"):
        _connections.session = requests.Session()
        _connections.session.trust_env = False
    return cast("requests.Session", _connections.session)


def _headers() -> dict[str, str]:
    """Return the headers with the token, read anew each time: Vault's agent replaces the file."""
    try:
        token = settings.VAULT_TOKEN or Path(settings.VAULT_TOKEN_FILE).read_text().strip()
    except OSError as error:
        raise _unavailable(f"VAULT_TOKEN_FILE cannot be read: {error.strerror}.", may_pass=True) from error
    headers = {"X-Vault-Token": token, "X-Vault-Request": "true"}
    return headers | ({"X-Vault-Namespace": settings.VAULT_NAMESPACE} if settings.VAULT_NAMESPACE else {})


def _content(answer: requests.Response) -> dict[str, Any]:
    try:
        content = answer.json()
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


def _text(value: bytes) -> str:
    return base64.b64encode(value).decode()


def _unavailable(why: str, *, may_pass: bool = False) -> KeyServiceUnavailable:
    logger.warning("Key service: %s", why)
    return KeyServiceUnavailable(may_pass=may_pass)
