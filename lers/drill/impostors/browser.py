"""Somebody at a browser, over HTTP: fills in the forms of a page, keeps cookies, shows codes. Knows no secret key."""

import base64
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from http import HTTPStatus
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
from django_otp.oath import TOTP
from requests.adapters import HTTPAdapter

_TIMEOUT = 60
_AGENT = "Mozilla/5.0 (X11; Linux x86_64) Drill"
_SESSION = "lers_session"
# What a form without a good token gets: its sender made a mistake, and no guard was tried.
_UNSENT = ">Nothing was sent</h1>"
# What is typed here comes back on pages, and is no news.
Files = Mapping[str, tuple[str, bytes, str]]


_BY_STATUS: dict[int, str] = {
    HTTPStatus.NOT_FOUND: "not theirs: page not found",
    HTTPStatus.FORBIDDEN: "no right to the page",
    HTTPStatus.GONE: "the link is used or was replaced",
}
# Where a browser ends up that was sent away, the longest first.
_BY_PATH = (
    ("/sign-in/factor/", "second factor"),
    ("/account/lost/", "only the mailed link of a reset by two people"),
    ("/sign-in/", "not signed in"),
    ("/account/factors/new/", "no second factor yet"),
    ("/access/", "no approved access"),
)


@dataclass(frozen=True)
class Answer:
    """What the portal said, after the redirects: to which address it was asked, and from which it answered."""

    asked: str
    status: int
    path: str
    text: str
    content: bytes
    is_page: bool

    @property
    def stopped_by(self) -> str:
        """Name the guard that answered in place of the page, or nothing where the page itself came."""
        unsent = self.status == HTTPStatus.FORBIDDEN and _UNSENT in self.text
        if unsent or self.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return ""  # no guard: the portal is broken, or the drill
        if self.status in _BY_STATUS:
            return _BY_STATUS[self.status]
        sent_away = self.path != self.asked
        return next((said for start, said in _BY_PATH if sent_away and self.path.startswith(start)), "")


class Authenticator:
    """An authenticator app: a secret, and codes of which each is shown once."""

    def __init__(self, secret: bytes) -> None:
        """Take the secret of the app."""
        self._secret, self._last = secret, 0

    @classmethod
    def from_text(cls, text: str) -> "Authenticator":
        """Take the secret as the set-up page shows it."""
        plain = re.sub(r"\s", "", text).upper()
        return cls(base64.b32decode(plain + "=" * (-len(plain) % 8)))

    def code(self) -> str:
        """Return the next code that was not shown yet; waits where the portal would not take one so early."""
        step = max(self._last + 1, int(time.time()) // 30)
        while step > int(time.time()) // 30 + 1:
            time.sleep(0.5)
        self._last = step
        app = TOTP(self._secret)
        app.time = step * 30
        return f"{app.token():06d}"


class _From(HTTPAdapter):
    """Connects from an address of this machine other than the usual one."""

    def __init__(self, address: str) -> None:
        self._address = address
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, source_address=(self._address, 0), **kwargs)


class Browser:
    """One browser of one person. What it was shown is kept for counting."""

    def __init__(self, base: str, *, cookie: str = "", agent: str = _AGENT, network: str = "") -> None:
        """Open a browser; with somebody's session cookie it is a stolen session. network: the address it comes from."""
        self.base = base
        # Of each page its path and its text.
        self.pages: list[tuple[str, str]] = []
        self.file_bytes = 0
        self._http = requests.Session()
        self._http.trust_env = False
        self._http.headers["User-Agent"] = agent
        if network:
            self._http.mount("http://", _From(network))
        if cookie:
            self._http.cookies.set(_SESSION, cookie, domain="localhost.local", path="/")

    @property
    def cookie(self) -> str:
        """The session cookie, as malware on the machine reads it."""
        return str(self._http.cookies.get(_SESSION) or "")

    def get(self, path: str) -> Answer:
        """Open a page or a file."""
        return self._kept(path, self._http.get(self._url(path), timeout=_TIMEOUT))

    def press(self, page: str, field: str, to: str = "", files: Files | None = None, **typed: Any) -> Answer:
        """Open a page, fill in the form that has this field or button, and send it (to another address if named).

        Where the page does not offer such a form, what was typed is sent all the same, with a good token: an impostor
        knows the addresses.
        """
        here = self.get(page)
        form = next((one for one in _forms(here.text) if field in one.names), None)
        action = to or urljoin(here.path if here.is_page else page, form.action if form else "")
        hidden = dict(form.hidden) if form else {"csrfmiddlewaretoken": self._any_token(here)}
        sent = {**hidden, **typed}
        self._http.headers["Referer"] = self._url(here.path)
        done = self._http.post(self._url(action), data=sent, files=files, timeout=_TIMEOUT)
        return self._kept(action, done)

    def post(self, path: str, **typed: Any) -> Answer:
        """Send a form to an address without opening its page first."""
        return self.press("/account/messages/", "", to=path, **typed)

    def _any_token(self, here: Answer) -> str:
        forms = _forms(here.text) or _forms(self.get("/sign-in/").text)
        return next((one.hidden["csrfmiddlewaretoken"] for one in forms if "csrfmiddlewaretoken" in one.hidden), "")

    def _url(self, path: str) -> str:
        return path if path.startswith("http") else self.base + path

    def _kept(self, asked: str, found: requests.Response) -> Answer:
        parts = urlsplit(found.url)
        is_page = found.headers.get("Content-Type", "").startswith("text/html")
        text = found.text if is_page else ""
        if is_page:
            self.pages.append((parts.path, text))
        elif found.ok and "/records/" in parts.path:
            self.file_bytes += len(found.content)
        return Answer(urlsplit(asked).path, found.status_code, parts.path, text, found.content, is_page)


@dataclass
class Form:
    """A form of a page: where it goes, what is hidden in it, and the names of its fields and buttons."""

    action: str
    hidden: dict[str, str]
    names: set[str]


class _FormReader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.forms: list[Form] = []
        self._open: Form | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form" and given.get("method", "").lower() == "post":
            self._open = Form(given.get("action", ""), {}, set())
            self.forms.append(self._open)
        elif self._open is not None and tag in {"input", "select", "textarea", "button"} and given.get("name"):
            self._open.names.add(given["name"])
            if given.get("type") == "hidden":
                self._open.hidden[given["name"]] = given.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None


def _forms(text: str) -> list[Form]:
    reader = _FormReader()
    reader.feed(text)
    return reader.forms
