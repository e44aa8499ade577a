"""Sending a file in pieces, as tus-js-client does: for tests of the protocol and of the mechanism."""

import io
from base64 import b64encode

from django.http import UnreadablePostError
from django.test import Client

VERSION = "1.0.0"
PIECE = "application/offset+octet-stream"


class Cut(io.BytesIO):
    """A line that breaks after what it holds."""

    def read(self, size: int | None = -1, /) -> bytes:
        """Return what is there, then fail."""
        part = super().read(size)
        if not part and size:
            raise UnreadablePostError("cut")
        return part


def create(client: Client, length: int | str, name: str = "order.pdf", **headers):
    """Announce a file."""
    return client.post(
        "/uploads/",
        content_type="application/octet-stream",
        headers={
            "Tus-Resumable": VERSION,
            "Upload-Length": str(length),
            "Upload-Metadata": f"filename {b64encode(name.encode()).decode()},filetype eA==",
        }
        | headers,
    )


def patch(client: Client, path: str, offset: int | str, body: bytes, *, content_type: str = PIECE, **headers):
    """Send a piece."""
    # Django's client leaves length and type out where there is no body.
    own = {} if body else {"Content-Type": content_type, "Content-Length": "0"}
    headers = {"Tus-Resumable": VERSION, "Upload-Offset": str(offset)} | own | headers
    return client.patch(path, body, content_type=content_type, headers=headers)


def delete(client: Client, path: str):
    """Give a file up."""
    return client.delete(path, headers={"Tus-Resumable": VERSION})


def begun(client: Client, length: int, name: str = "order.pdf") -> str:
    """Announce a file and return its address."""
    response = create(client, length, name)
    assert response.status_code == 201, response.content
    return response.headers["Location"]
