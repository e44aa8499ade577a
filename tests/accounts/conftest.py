from importlib import import_module

import pytest

from tests.accounts.company import CALLBACK, Company
from tests.accounts.dns_server import DnsServer


@pytest.fixture(autouse=True)
def _provider(request):
    if request.node.get_closest_marker("django_db"):
        request.getfixturevalue("db")
        import_module("tests.people").make_provider()  # models cannot be imported before Django is set up


@pytest.fixture(autouse=True)
def _no_broker(monkeypatch):
    """Jobs are rows; the tests run the ones they want."""
    monkeypatch.setattr("foundation.core.hurry._send", lambda *_args: None)


@pytest.fixture(scope="session")
def _dns_server():
    with DnsServer(known_zone="example") as server:
        yield server


@pytest.fixture(autouse=True)
def dns_server(_dns_server, settings):
    """Name servers on loopback, to which every name under .example is a well-run one."""
    _dns_server.clear()
    settings.VETTING_DNS = _dns_server.settings_value
    return _dns_server


@pytest.fixture(scope="session")
def _company(tmp_path_factory):
    running = Company(tmp_path_factory.mktemp("company"), [f"http://localhost:8000{CALLBACK}"])
    yield running
    running.close()


@pytest.fixture
def company(_company, settings):
    """The company's OpenID Connect provider, and the portal told of it."""
    _company.repair()
    for name, value in _company.settings().items():
        setattr(settings, name, value)
    return _company
