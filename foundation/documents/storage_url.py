"""STORAGE_URL to the entry of Django's STORAGES: read by the settings, so nothing of Django is imported here."""

from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit


def storage_entry(url: str) -> dict[str, Any]:
    """Return the "documents" entry for file:///folder or s3://[key:secret@]bucket[/prefix][?endpoint=…&region=…].

    Without a key in the address, boto3 looks for credentials in its usual places.
    """
    parts = urlsplit(url)
    if parts.scheme == "file" and parts.path:
        return {
            "BACKEND": "foundation.documents.storage.PrivateFileStorage",
            "OPTIONS": {"location": unquote(parts.path)},
        }
    if parts.scheme == "s3" and parts.hostname:
        return {"BACKEND": "foundation.documents.storage_s3.S3DocumentStorage", "OPTIONS": _s3_options(url)}
    raise ValueError("STORAGE_URL must be file:///folder or s3://bucket/prefix?endpoint=https://…")


def _s3_options(url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    options: dict[str, Any] = {
        "bucket_name": parts.netloc.rpartition("@")[2],
        "location": parts.path.strip("/"),
        # Only the portal reads objects; what it stores is encrypted before it is sent.
        "default_acl": None,
        "querystring_auth": True,
        "file_overwrite": False,
        "signature_version": "s3v4",
    }
    if parts.username:
        options |= {"access_key": unquote(parts.username), "secret_key": unquote(parts.password or "")}
    if "endpoint" in query:
        # Servers other than Amazon's seldom have a host name for each bucket.
        options |= {"endpoint_url": query["endpoint"], "addressing_style": "path"}
    if "region" in query:
        options["region_name"] = query["region"]
    return options
