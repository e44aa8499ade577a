"""Sample templates and a mail server for the tests of messages."""

from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path

import pytest

from tests.notifications.server import MailServer


@pytest.fixture(autouse=True)
def sample_templates(settings) -> None:
    templates = deepcopy(settings.TEMPLATES)
    templates[0]["DIRS"] = [*templates[0]["DIRS"], Path(__file__).parent / "templates"]
    settings.TEMPLATES = templates
    settings.SITE_NAME = "Meridian Exchange"
    settings.PUBLIC_URL = "https://requests.meridian.example"
    settings.SITE_POSTAL_ADDRESS = "12 Sample Quay, Dublin"
    settings.EMERGENCY_PHONE = "+44 20 7946 0112"


@pytest.fixture
def mail_server(settings) -> Iterator[MailServer]:
    server = MailServer()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    server.start()
    yield server
    server.let_go.set()
    server.stop()
