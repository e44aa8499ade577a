"""Private files: encrypted at rest, hashed, scanned, previewed, served."""

from django.apps import AppConfig
from django.core.checks import Tags, register

from foundation.documents.checks import check_keys, check_keys_in_use, check_scanner, check_uploads
from foundation.documents.trust import check_time_stamps, check_trust


class DocumentsConfig(AppConfig):
    """Private files: encrypted at rest, hashed, scanned, previewed, served."""

    name = "foundation.documents"
    label = "documents"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the system checks."""
        register(check_keys, Tags.security)
        register(check_keys_in_use, Tags.database, deploy=True)
        register(check_uploads, Tags.security)
        register(check_trust, Tags.security)
        register(check_time_stamps, Tags.security)
        register(check_scanner, Tags.security, deploy=True)
