"""System checks: keys that can be read, and a virus scanner in production."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from foundation.documents.keys import own_keys
from foundation.documents.kms import key_service

# None of them ever writes a file in plain; no other handler may see one.
_HANDLERS = [
    "foundation.documents.key_uploads.KeyUploadHandler",
    "foundation.documents.hashed_uploads.HashingUploadHandler",
    "foundation.documents.uploads.EncryptingUploadHandler",
]


def check_keys(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Say what of DOCUMENT_MASTER_KEYS or of the key service cannot be used; nobody is called."""
    try:
        own_keys()
        if settings.DOCUMENT_KMS:
            key_service()
    except ImproperlyConfigured as error:
        return [Error(str(error), id="documents.E001")]
    return []


def check_keys_in_use(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Name the keys that rows lie under and that the settings do not hold: what lies there would not open."""
    if "default" not in (kwargs.get("databases") or ()):
        return []
    # By name: this module is read before there are models.
    unknown_keys = import_string("foundation.documents.services.rotation.unknown_keys")
    return [
        Error(
            f"{rows} rows are sealed under the master key {key_id!r}, which is not configured: they do not open.",
            hint="Put the key back into DOCUMENT_MASTER_KEYS, behind the newest; then run manage.py rotate_keys.",
            id="documents.E004",
        )
        for key_id, rows in unknown_keys().items()
    ]


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
    if settings.FILE_UPLOAD_HANDLERS != _HANDLERS:
        return [Error(f"FILE_UPLOAD_HANDLERS must be {' and '.join(_HANDLERS)}.", id="documents.E003")]
    return []
