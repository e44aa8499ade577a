"""The company: its provider (oidc_provider.py), the line to it, which tests may tamper with, and its people."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import jwt
import requests
from bs4 import BeautifulSoup
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.conf import settings
from django.test import Client

from tests.accounts.oidc_provider import CLIENT_ID, CLIENT_SECRET, PASSWORD

PROVIDER = Path(__file__).with_name("oidc_provider.py")
DOMAIN = "meridian.example"
START, CALLBACK = "/sign-in/company/", "/sign-in/company/back/"
# Headers that belong to one connection.
_HOP = {"connection", "transfer-encoding", "content-length", "keep-alive"}

# Given the path and the body of an answer, returns the body that arrives.
Tampering = Callable[[str, bytes], bytes]


class Company:
    """The provider as the portal and browsers reach it. Between the two sits a line that can be cut or bent."""

    def __init__(self, folder: Path, redirect_uris: list[str]) -> None:
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.folder = folder
        self.calls: list[str] = []
        self.repair()
        self._line = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        threading.Thread(target=self._line.serve_forever, daemon=True).start()
        self.origin = f"http://127.0.0.1:{self._line.server_port}"
        self.issuer = f"{self.origin}/o"
        (folder / "key.pem").write_bytes(_pem(self.key))
        words = [sys.executable, str(PROVIDER), self.issuer, str(folder / "key.pem"), *redirect_uris]
        self._process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self.port = int(self._process.stdout.readline())

    def close(self) -> None:
        self._line.shutdown()
        self._line.server_close()
        self._process.terminate()
        self._process.wait(10)
        self._process.stdout.close()

    # The line -------------------------------------------------------------------------------------------------------
    def repair(self) -> None:
        """Nothing is bent any more."""
        self.tampering: Tampering = lambda _path, body: body
        self.down, self.silent, self.elsewhere = False, 0.0, ""
        self.calls.clear()

    def bend(self, change: Callable[[dict[str, Any]], Any], *, path: str = "/o/token/") -> None:
        """Change the JSON of what this path answers."""

        def tampering(asked: str, body: bytes) -> bytes:
            if asked != path:
                return body
            content = json.loads(body)
            changed = change(content)
            return json.dumps(content if changed is None else changed).encode()

        self.tampering = tampering

    def bend_token(
        self, *, key: Any = None, algorithm: str = "RS256", drop: tuple[str, ...] = (), headers: dict | None = None,
        **claims: Any,
    ) -> None:  # fmt: skip
        """Change claims of the ID token and sign it again, with the provider's own key unless another is given."""

        def change(answer: dict[str, Any]) -> None:
            token = answer["id_token"]
            said = jwt.decode(token, options={"verify_signature": False}) | claims
            header = {"kid": jwt.get_unverified_header(token)["kid"]} | (headers or {})
            kept = {name: value for name, value in said.items() if name not in drop}
            signed = None if algorithm == "none" else self.key if key is None else key
            answer["id_token"] = jwt.encode(kept, signed, algorithm=algorithm, headers=header)

        self.bend(change)

    def _handler(company) -> type[BaseHTTPRequestHandler]:  # noqa: N805 - self is the request's
        class Handler(BaseHTTPRequestHandler):
            def answer(self) -> None:
                path = urlsplit(self.path).path
                company.calls.append(path)
                time.sleep(company.silent)
                if company.down:
                    self.close_connection = True
                    return
                if company.elsewhere:
                    self.send_response(302)
                    self.send_header("Location", company.elsewhere)
                    self.end_headers()
                    return
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                line = HTTPConnection("127.0.0.1", company.port, timeout=30)
                line.request(self.command, self.path, body, dict(self.headers))
                found = line.getresponse()
                content = company.tampering(path, found.read())
                line.close()
                self.send_response(found.status)
                for name, value in found.getheaders():
                    if name.lower() not in _HOP:
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = answer  # noqa: N815 - called so by http.server

            def log_message(self, *_args: Any) -> None:
                """Say nothing."""

        return Handler

    # People ---------------------------------------------------------------------------------------------------------
    def employ(self, email: str, *, verified: bool = True) -> dict[str, str]:
        """Make somebody who can sign in at the company; returns the name to type there, and the provider's own."""
        data = {"email": email, "verified": "1" if verified else "0"}
        return requests.post(f"{self.origin}/people/", data=data, timeout=30).json()

    def settings(self) -> dict[str, Any]:
        """What the portal is told of it."""
        return {
            "SSO_OIDC_ISSUER": self.issuer,
            "SSO_OIDC_NAME": "Meridian account",
            "SSO_OIDC_CLIENT_ID": CLIENT_ID,
            "SSO_OIDC_CLIENT_SECRET": CLIENT_SECRET,
            "SSO_ORIGINS": [self.origin],
            "SSO_STAFF_DOMAINS": [DOMAIN],
        }

    def environment(self) -> dict[str, str]:
        """The same for a portal in a process of its own."""
        values = self.settings() | {"SSO_STAFF_DOMAINS": DOMAIN}
        return {name: value for name, value in values.items() if name != "SSO_ORIGINS"}


def at_the_company(address: str, person: dict[str, str], *, browser: requests.Session | None = None) -> str:
    """Sign in on the provider's page that this address leads to; returns the address it sends the browser back to."""
    browser = browser or requests.Session()
    page = browser.get(address, timeout=30, allow_redirects=False)
    while page.is_redirect:
        where = requests.compat.urljoin(page.url, page.headers["Location"])
        if CALLBACK in where:
            return where
        page = browser.get(where, timeout=30, allow_redirects=False)
    form = BeautifulSoup(page.text, "html.parser").form
    assert form, page.text
    data = {field["name"]: field.get("value", "") for field in form.find_all("input")}
    data |= {"username": person["username"], "password": PASSWORD}
    page = browser.post(page.url, data=data, timeout=30, allow_redirects=False)
    assert page.is_redirect, page.text
    return at_the_company(requests.compat.urljoin(page.url, page.headers["Location"]), person, browser=browser)


def goes_there(client: Client, *, following: str = "") -> str:
    """Press the button; returns the address at the provider."""
    answer = client.post(START, {"rules": settings.RULES_VERSION, "next": following})
    assert answer.status_code == 302, answer
    return answer["Location"]


def comes_back(client: Client, address: str) -> Any:
    """Follow the provider's way back."""
    parts = urlsplit(address)
    return client.get(f"{parts.path}?{parts.query}")


def signs_in(client: Client, person: dict[str, str], *, following: str = "") -> Any:
    """To the provider, sign in there, and back; returns the portal's answer."""
    return comes_back(client, at_the_company(goes_there(client, following=following), person))


def _pem(key: rsa.RSAPrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
