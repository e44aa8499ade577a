"""A bucket that speaks S3: the few calls that files need, each with its time-outs, its tries and plain errors."""

import base64
import hashlib
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, NamedTuple

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from urllib3.exceptions import HTTPError

from foundation.documents.errors import StorageUnavailable

logger = logging.getLogger(__name__)

# Every part but the last has exactly this size (S3 wants 5 MiB at least and 10,000 parts at most: 80 GiB).
PART = 8 * 1024 * 1024
CONNECT_SECONDS = 3
# Without a byte.
READ_SECONDS = 20
TRIES = 4

_GONE = frozenset({"404", "NoSuchKey", "NoSuchUpload", "NotFound"})


class Found(NamedTuple):
    """What the server says of an object."""

    size: int
    etag: str


class Unfinished(NamedTuple):
    """A multipart upload that was neither completed nor aborted."""

    name: str
    upload: str
    begun_at: datetime


def client_config(*, addressing_style: str | None, signature_version: str | None) -> Config:
    """Return how boto3 asks: impatient, several times, and without checksums that only Amazon's servers know."""
    return Config(
        connect_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
        retries={"total_max_attempts": TRIES, "mode": "standard"},
        max_pool_connections=32,
        s3={"addressing_style": addressing_style or "auto"},
        signature_version=signature_version,
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )


@contextmanager
def asking(what: str) -> Iterator[None]:
    """Turn what boto3 raises into FileNotFoundError, or StorageUnavailable with the reason in the log only."""
    try:
        yield
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", ""))
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
        if code in _GONE:
            raise FileNotFoundError("There is no such stored file.") from error
        logger.warning("Storage: %s answered %s %s", what, status, code)
        raise StorageUnavailable(may_pass=status != 403) from error
    except (BotoCoreError, HTTPError, OSError) as error:
        logger.warning("Storage: %s failed: %s", what, type(error).__name__)
        raise StorageUnavailable from error


class Bucket:
    """One bucket, and the folder of it that is ours. Names are those of storage.new_storage_name()."""

    def __init__(self, client: Any, *, name: str, prefix: str) -> None:
        self._client = client
        self._bucket = name
        self._prefix = f"{prefix}/" if prefix else ""

    def head(self, name: str) -> Found:
        """Return size and ETag; FileNotFoundError where there is none."""
        with asking("HEAD"):
            answer = self._client.head_object(**self._at(name))
            return Found(answer["ContentLength"], answer["ETag"])

    def stream(self, name: str, start: int, stop: int, etag: str) -> Any:
        """Return the bytes from start up to stop as they come, of this version of the object only."""
        with asking("GET"):
            return self._client.get_object(**self._at(name), Range=f"bytes={start}-{stop - 1}", IfMatch=etag)["Body"]

    def get(self, name: str) -> bytes:
        """Return a small object whole."""
        with asking("GET"):
            content: bytes = self._client.get_object(**self._at(name))["Body"].read()
            return content

    def put(self, name: str, content: bytes) -> None:
        """Store an object in one piece."""
        with asking("PUT"):
            self._client.put_object(**self._at(name), Body=content, ContentMD5=_md5(content))

    def delete(self, name: str) -> None:
        """Remove an object; none there is not an error."""
        with asking("DELETE"):
            self._client.delete_object(**self._at(name))

    def begin(self, name: str) -> str:
        """Begin a multipart upload and return its id."""
        with asking("begin of a multipart upload"):
            return str(self._client.create_multipart_upload(**self._at(name))["UploadId"])

    def put_part(self, name: str, upload: str, number: int, content: bytes) -> str:
        """Store one part, counted from 1, and return its ETag."""
        with asking("PUT of a part"):
            answer = self._client.upload_part(
                **self._at(name), UploadId=upload, PartNumber=number, Body=content, ContentMD5=_md5(content)
            )
            return str(answer["ETag"])

    def parts(self, name: str, upload: str, *, after: int) -> dict[int, str]:
        """Return the ETags of the parts behind a number."""
        with asking("list of parts"):
            answer = self._client.list_parts(**self._at(name), UploadId=upload, PartNumberMarker=after)
            return {part["PartNumber"]: part["ETag"] for part in answer.get("Parts", ())}

    def complete(self, name: str, upload: str, etags: list[str]) -> None:
        """Make an object of the parts; one that a try before this has made already is taken."""
        parts = [{"PartNumber": number, "ETag": etag} for number, etag in enumerate(etags, 1)]
        try:
            with asking("completion of a multipart upload"):
                self._client.complete_multipart_upload(
                    **self._at(name), UploadId=upload, MultipartUpload={"Parts": parts}
                )
        except FileNotFoundError:
            self.head(name)

    def abort(self, name: str, upload: str) -> None:
        """Give a multipart upload up, with its parts; one that is gone is not an error."""
        try:
            with asking("abort of a multipart upload"):
                self._client.abort_multipart_upload(**self._at(name), UploadId=upload)
        except FileNotFoundError:
            pass

    def entries(self, prefix: str = "") -> Iterator[tuple[str, datetime]]:
        """Go through the objects in the order of their names, with the time of their last change."""
        token: dict[str, str] = {}
        while True:
            with asking("list of objects"):
                page = self._client.list_objects_v2(Bucket=self._bucket, Prefix=self._prefix + prefix, **token)
            for found in page.get("Contents", ()):
                yield found["Key"].removeprefix(self._prefix), found["LastModified"]
            if not page.get("IsTruncated"):
                return
            token = {"ContinuationToken": page["NextContinuationToken"]}

    def unfinished(self) -> Iterator[Unfinished]:
        """Go through the multipart uploads that nobody completed or aborted."""
        marker: dict[str, str] = {}
        while True:
            try:
                with asking("list of multipart uploads"):
                    page = self._client.list_multipart_uploads(Bucket=self._bucket, Prefix=self._prefix, **marker)
            except FileNotFoundError:  # how some servers say that there is none
                return
            for found in page.get("Uploads", ()):
                yield Unfinished(found["Key"].removeprefix(self._prefix), found["UploadId"], found["Initiated"])
            if not page.get("IsTruncated"):
                return
            marker = {"KeyMarker": page["NextKeyMarker"], "UploadIdMarker": page["NextUploadIdMarker"]}

    def _at(self, name: str) -> dict[str, str]:
        return {"Bucket": self._bucket, "Key": self._prefix + name}


def etag_of(content: bytes) -> str:
    """Return the ETag of a part, as servers make it that do not encrypt it once more."""
    return f'"{hashlib.md5(content, usedforsecurity=False).hexdigest()}"'


def _md5(content: bytes) -> str:
    """Return Content-MD5 (RFC 1864): the server refuses what the line changed."""
    return base64.b64encode(hashlib.md5(content, usedforsecurity=False).digest()).decode()
