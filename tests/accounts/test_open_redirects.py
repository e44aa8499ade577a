"""No link of ours leads elsewhere, and no request chooses the name that our links carry (SEC-18)."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from accounts.services.sign_in import is_local
from tests.people import client_for, make_officer

ELSEWHERE = [
    "https://evil.example/", "//evil.example/", "///evil.example", "/\\evil.example", "\\\\evil.example",
    "/\t/evil.example", "https:evil.example", "javascript:alert(1)", "data:text/html,evil.example",
    " https://evil.example", "evil.example", "http:///evil.example", "\x08//evil.example", "@evil.example", "", None,
]  # fmt: skip
HERE = ["/", "/account/", "/requests/MX-26-7K4Q9TX/?find=a", "/sign-in/factor/?next=%2Faccount%2F"]
PAGES = ["/sign-in/", "/sign-in/factor/", "/sign-in/download/", "/account/factors/new/", "/account/recovery-codes/"]
# Who reads the Host header: to compare a Referer with it, never to make a link.
READ_HOST = {"accounts/middleware.py", "accounts/kept_forms.py"}


def test_sec_18_a_way_on_is_a_path_of_ours_or_nothing():
    assert [url for url in ELSEWHERE if is_local(url)] == []
    assert [url for url in HERE if not is_local(url)] == []


@pytest.mark.parametrize("who", ["nobody", "officer"])
def test_sec_18_no_page_of_signing_in_takes_a_way_on_from_elsewhere(db, who):
    client = Client() if who == "nobody" else client_for(make_officer())
    for page in PAGES:
        for name in ("next", "back"):
            for value in ELSEWHERE[:6]:
                for answer in (
                    client.get(page, {name: value}),
                    client.get(page, [("next", "/account/"), (name, value)]),
                ):
                    assert (
                        "evil.example" not in answer.headers.get("Location", "").replace("%2F", "/").split("next=")[0]
                    )
                    if answer.status_code == 200:
                        assert "evil.example" not in answer.text, (page, name, value)


def test_sec_18_a_forwarded_host_is_not_read_and_links_come_from_the_setting(client):
    answer = client.get("/.well-known/security.txt", headers={"x-forwarded-host": "evil.example"})
    assert "evil.example" not in answer.text
    assert settings.PUBLIC_URL in answer.text
    reads = set()
    for app in ("accounts", "foundation", "lers", "preservation", "requests_app"):
        for path in (Path(settings.BASE_DIR) / app).rglob("*.py"):
            if re.search(r"build_absolute_uri|get_current_site|\.get_host\(|FORWARDED_HOST", path.read_text()):
                reads.add(str(path.relative_to(settings.BASE_DIR)))
    assert reads == READ_HOST
