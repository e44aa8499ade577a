"""`manage.py create_bucket`: once, when the portal moves to S3-compatible storage of its own."""

from typing import Any

from django.core.files.storage import storages
from django.core.management.base import BaseCommand, CommandError
from storages.backends.s3 import S3Storage


class Command(BaseCommand):
    """Make the bucket of STORAGE_URL if it is not there."""

    help = "Makes the bucket of STORAGE_URL if it is not there."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        """Ask first: an account that may not make buckets can still run this on one that exists."""
        storage = storages["documents"]
        if not isinstance(storage, S3Storage):
            raise CommandError("STORAGE_URL names a folder, not a bucket.")
        client = storage.connection.meta.client
        known = {bucket["Name"] for bucket in client.list_buckets()["Buckets"]}
        if storage.bucket_name not in known:
            client.create_bucket(Bucket=storage.bucket_name)
            self.stdout.write(f"Made the bucket {storage.bucket_name}.")
