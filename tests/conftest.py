"""The test harness: own settings, own databases, own mail server, no way out to the network."""

import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connections
from hypothesis import HealthCheck
from hypothesis import settings as properties
from pytest_django import DjangoDbBlocker
from pytest_django.fixtures import Settings
from pytest_socket import SocketBlockedError, is_ipaddress

from tests.harness.clamd import clamd, clamd_process  # noqa: F401 - fixtures
from tests.harness.company import company, company_process  # noqa: F401 - fixtures
from tests.harness.databases import SETTINGS_MODULE, CommittedDatabase, Databases, Server, point_to
from tests.harness.mail import AnyPortController, MailServer

ROOT = Path(__file__).resolve().parent.parent
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "")
# Where the embedded server of the tests keeps its data from run to run, so that only the first one is slow.
TEST_VAR = Path(os.environ.get("TEST_VAR", ROOT / "var" / "test"))
DATABASE_FIXTURES = {"db", "committed_db", "django_db_setup"}
# A busy machine is not a fault of the code: nothing here is judged by how long it took.
properties.register_profile("portal", deadline=None, suppress_health_check=[HealthCheck.too_slow])
properties.load_profile("portal")
LOOPBACK = ["127.0.0.1", "::1", "localhost"]
_LONG_ID = 40


def _prepare_environment() -> None:
    """Set what the settings read; before anything reads them."""
    if settings.configured:
        raise pytest.UsageError("Unset DJANGO_SETTINGS_MODULE: tests/conftest.py chooses the settings itself.")
    if not WORKER:
        os.environ["TEST_SESSION"] = tempfile.mkdtemp(prefix="lers-tests-")
    var = Path(os.environ["TEST_SESSION"], WORKER or "main")
    os.environ |= {"DJANGO_SETTINGS_MODULE": SETTINGS_MODULE, "ENVIRONMENT": "test", "VAR": str(var)}
    # A test is one transaction, also while it waits for a converter on a busy machine.
    os.environ.setdefault("DATABASE_IDLE_SECONDS", "900")
    (var / "static").mkdir(parents=True, exist_ok=True)
    for name in ("DATABASE_ROLE", "DEMO"):
        os.environ.pop(name, None)


def _load_settings() -> None:
    """Load the settings, then make cheap what tests do often; nothing that they test is replaced."""
    # The harness points Django to a server when the first test needs one, so none is started for the others.
    placeholder = not os.environ.get("DATABASE_URL")
    if placeholder:
        os.environ["DATABASE_URL"] = "postgres://nobody@127.0.0.1:1/none"
    settings.PASSWORD_HASHERS = [
        "tests.harness.hashers.FastHasher",
        "django.contrib.auth.hashers.Argon2PasswordHasher",
    ]
    if placeholder:
        del os.environ["DATABASE_URL"]
    # No collectstatic before a test: a page names its files without the hash of their contents.
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = settings.STORAGES | {"staticfiles": plain}
    Path(settings.STATIC_ROOT).mkdir(exist_ok=True)  # WhiteNoise warns about a folder that is not there
    settings.CELERY_BROKER_URL = "memory://"
    # Or pytest-django, in the workers of xdist, would load the settings before their environment is prepared.
    del os.environ["DJANGO_SETTINGS_MODULE"]


_prepare_environment()


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Load the settings before pytest-django does, and close the network before pytest-socket looks."""
    _load_settings()
    config.option.allow_hosts = LOOPBACK
    config.option.allow_unix_socket = True
    config.addinivalue_line("markers", "db: touches the database (set by itself)")
    # A blocked socket must raise its own error, not the warning about it.
    config.addinivalue_line("filterwarnings", "ignore:A test tried to:UserWarning")


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove what the session wrote."""
    if WORKER:
        return
    session = Path(os.environ["TEST_SESSION"])
    demo = session / "demo.path"  # where the journeys keep the demo's data
    if demo.exists():
        shutil.rmtree(demo.read_text(), ignore_errors=True)
    shutil.rmtree(session, ignore_errors=True)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that touch the database, before -m selects; refuse what needs TRUNCATE."""
    for item in items:
        marker = item.get_closest_marker("django_db")
        names = set(getattr(item, "fixturenames", ()))
        transactional = (marker and marker.kwargs.get("transaction")) or names & {"transactional_db", "live_server"}
        if transactional or ("committed_db" in names and (marker or "db" in names)):
            raise pytest.UsageError(f"{item.nodeid}: use committed_db alone; the app's role may not TRUNCATE.")
        if marker or names & DATABASE_FIXTURES:
            item.add_marker("db")


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Name files by their argument: each process draws their bytes anew, and its tests must have the same names."""
    return argname if isinstance(val, bytes) and len(val) > _LONG_ID else None


@pytest.fixture(autouse=True)
def _no_name_lookups(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse to ask the name server: connecting is blocked, asking would already leak and wait."""
    lookup = socket.getaddrinfo

    def guarded(host: bytes | str | None, *args: object, **kwargs: object) -> object:
        name = host.decode() if isinstance(host, bytes) else host
        if name and name not in LOOPBACK and not is_ipaddress(name):
            raise SocketBlockedError(f"A test tried to look up {name}.")
        return lookup(host, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", guarded)


@pytest.fixture(autouse=True)
def _no_stand_ins(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail where the words of a message cannot be written; the portal itself would send a short note instead."""

    def refuse(reference: str) -> object:
        raise AssertionError("The words of a message could not be written: the log above says why.")

    monkeypatch.setattr("foundation.notifications.stand_ins.stand_in", refuse)


@pytest.fixture(scope="session")
def databases(pytestconfig: pytest.Config) -> Iterator[Databases]:
    """Return the maker of test databases; the template is built once for each set of migrations."""
    maker = Databases(Server.find(TEST_VAR), rebuild=pytestconfig.getvalue("create_db"))
    yield maker
    maker.close()


@pytest.fixture(scope="session")
def django_db_setup(
    databases: Databases, django_test_environment: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[None]:
    """Give this worker a copy of the template; tests use it as the app's role and roll back."""
    name = databases.copy()
    with django_db_blocker.unblock():
        point_to(databases.server, name)
    yield
    with django_db_blocker.unblock():
        connections.close_all()
    databases.drop(name)


@pytest.fixture
def committed_db(
    databases: Databases, django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[CommittedDatabase]:
    """A fresh database for this test alone: commits, threads and other processes are real; dropped afterwards."""
    before = str(connections["default"].settings_dict["NAME"])
    name = databases.copy()
    with django_db_blocker.unblock():
        point_to(databases.server, name)
        yield CommittedDatabase(databases.server, name)
        point_to(databases.server, before)
    databases.drop(name)


@pytest.fixture(scope="session")
def _mail_server() -> Iterator[MailServer]:
    server = MailServer()
    controller = AnyPortController(server)
    controller.start()
    yield server
    controller.stop()


@pytest.fixture
def smtp(_mail_server: MailServer, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> MailServer:
    """Send mail over real SMTP to a server that keeps it; subprocesses started by the test do so too."""
    _mail_server.clear()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = _mail_server.host, _mail_server.port
    monkeypatch.setenv("EMAIL_URL", _mail_server.url)
    return _mail_server
