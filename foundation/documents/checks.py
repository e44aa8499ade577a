"""System checks: keys that can be read, and a virus scanner in production."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.core.exceptions import ImproperlyConfigured

from foundation.documents.keys import parse_master_keys


def check_keys(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Say which entry of DOCUMENT_MASTER_KEYS cannot be used."""
    try:
        parse_master_keys(settings.DOCUMENT_MASTER_KEYS)
    except ImproperlyConfigured as error:
        return [Error(str(error), id="documents.E001")]
    return []


def check_scanner(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Refuse production without a virus scanner."""
    if settings.PRODUCTION and not settings.CLAMD_ADDRESS:
        return [
            Error(
                "No virus scanner is configured.",
                hint="Set CLAMD_ADDRESS to unix:/run/clamav/clamd.ctl or host:3310.",
                id="documents.E002",
            )
        ]
    return []


def check_uploads(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Refuse an upload handler that keeps what it receives in plain."""
    if settings.FILE_UPLOAD_HANDLERS != ["foundation.documents.uploads.EncryptingUploadHandler"]:
        return [Error("FILE_UPLOAD_HANDLERS must be the EncryptingUploadHandler alone.", id="documents.E003")]
    return []
