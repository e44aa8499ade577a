"""The settings of single sign-on: complete and safe, or nothing starts."""

import os
import subprocess
import sys

import environ
import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from lers.checks import production_environment
from lers.single_sign_on import read_single_sign_on

WHOLE = {
    "SSO_OIDC_ISSUER": "https://accounts.meridian.example/realms/staff",
    "SSO_OIDC_CLIENT_ID": "portal",
    "SSO_OIDC_CLIENT_SECRET": "x",
    "SSO_STAFF_DOMAINS": "Meridian.example",
}


def read(monkeypatch, *, production: bool = True, **values: str):
    for name in [name for name in os.environ if name.startswith("SSO_")]:
        monkeypatch.delenv(name)
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    return read_single_sign_on(environ.Env(), production=production)


def test_it_is_off_unless_it_is_set_up(monkeypatch):
    found = read(monkeypatch)
    assert (found.issuer, found.origins, found.required, found.sign_out_there) == ("", [], False, False)


def test_the_whole(monkeypatch):
    found = read(monkeypatch, **WHOLE, SSO_OIDC_HOSTS="https://tokens.meridian.example,https://keys.example:8443/x")
    assert found.origins == [
        "https://accounts.meridian.example",
        "https://tokens.meridian.example",
        "https://keys.example:8443",
    ]
    assert found.domains == ["meridian.example"]


@pytest.mark.parametrize("missing", ["SSO_OIDC_CLIENT_ID", "SSO_OIDC_CLIENT_SECRET", "SSO_STAFF_DOMAINS"])
def test_a_part_that_is_missing_is_named(missing, monkeypatch):
    with pytest.raises(ImproperlyConfigured, match=missing):
        read(monkeypatch, **{name: value for name, value in WHOLE.items() if name != missing})


@pytest.mark.parametrize(
    "address",
    [
        "http://accounts.meridian.example",
        "http://localhost:9000",
        "accounts.meridian.example",
        "https://",
        "ftp://accounts.meridian.example",
        "https://name:word@accounts.meridian.example",
        "https://accounts.meridian.example/?x=1",
        "https://accounts.meridian.example;script-src *",
        "https://*.example",
    ],
)
def test_an_address_that_production_refuses(address, monkeypatch):
    with pytest.raises(ImproperlyConfigured):
        read(monkeypatch, **(WHOLE | {"SSO_OIDC_ISSUER": address}))
    with pytest.raises(ImproperlyConfigured):
        read(monkeypatch, **WHOLE, SSO_OIDC_HOSTS=address)


def test_http_only_to_this_machine_and_never_in_production(monkeypatch):
    found = read(monkeypatch, production=False, **(WHOLE | {"SSO_OIDC_ISSUER": "http://127.0.0.1:9000/o"}))
    assert found.origins == ["http://127.0.0.1:9000"]
    with pytest.raises(ImproperlyConfigured):
        read(monkeypatch, production=False, **(WHOLE | {"SSO_OIDC_ISSUER": "http://192.0.2.1/o"}))


def test_required_without_a_provider_would_lock_everybody_out(monkeypatch):
    with pytest.raises(ImproperlyConfigured, match="no member of staff"):
        read(monkeypatch, SSO_REQUIRED_FOR_STAFF="1")


def test_the_secret_may_stand_in_a_file(monkeypatch, tmp_path):
    (tmp_path / "secret").write_text("from a file\n")
    values = {name: value for name, value in WHOLE.items() if name != "SSO_OIDC_CLIENT_SECRET"}
    found = read(monkeypatch, **values, SSO_OIDC_CLIENT_SECRET_FILE=str(tmp_path / "secret"))
    assert found.client_secret == "from a file"


def test_the_policy_lets_forms_lead_to_the_provider_and_nowhere_else():
    code = "from django.conf import settings; print(settings.CONTENT_SECURITY_POLICY['DIRECTIVES']['form-action'])"
    inherited = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME"}}
    env = inherited | production_environment() | WHOLE | {"DJANGO_SETTINGS_MODULE": "lers.settings"}
    said = subprocess.run(
        [sys.executable, "-c", code], cwd=settings.BASE_DIR, env=env, capture_output=True, text=True, check=True
    )
    assert said.stdout.strip() == """["'self'", 'https://accounts.meridian.example']"""
