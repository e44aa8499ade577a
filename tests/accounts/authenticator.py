"""A security key in software, which also does what a browser and an honest key would refuse."""

import base64
import hashlib
import json
import secrets

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings
from django.test import Client

_PRESENT, _VERIFIED, _ATTESTED = 0x01, 0x04, 0x40


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class SoftKey:
    """One credential. counting=False: like keys that are kept in a cloud, which always say 0."""

    def __init__(self, *, counting: bool = True) -> None:
        self.private = ec.generate_private_key(ec.SECP256R1())
        self.id = secrets.token_bytes(32)
        self.counting, self.counter = counting, 0

    def make(self, options: dict, *, origin: str = "", verified: bool = True, rp: str = "") -> str:
        """Answer navigator.credentials.create()."""
        numbers = self.private.public_key().public_numbers()
        x, y = numbers.x.to_bytes(32, "big"), numbers.y.to_bytes(32, "big")
        public = cbor2.dumps({1: 2, 3: -7, -1: 1, -2: x, -3: y})
        attested = bytes(16) + len(self.id).to_bytes(2, "big") + self.id + public
        data = self._data(rp or options["rp"]["id"], verified=verified, flags=_ATTESTED) + attested
        statement = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        client = _client("webauthn.create", options["challenge"], origin)
        return self._json({"clientDataJSON": encoded(client), "attestationObject": encoded(statement)})

    def show(self, options: dict, *, origin: str = "", verified: bool = True, rp: str = "", kind: str = "get") -> str:
        """Answer navigator.credentials.get()."""
        data = self._data(rp or options["rpId"], verified=verified)
        client = _client(f"webauthn.{kind}", options["challenge"], origin)
        signature = self.private.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        return self._json(
            {
                "clientDataJSON": encoded(client),
                "authenticatorData": encoded(data),
                "signature": encoded(signature),
                "userHandle": None,
            }
        )

    def _data(self, rp: str, *, verified: bool, flags: int = 0) -> bytes:
        self.counter += self.counting
        flags |= _PRESENT | (_VERIFIED if verified else 0)
        return hashlib.sha256(rp.encode()).digest() + bytes([flags]) + self.counter.to_bytes(4, "big")

    def _json(self, response: dict) -> str:
        return json.dumps(
            {"id": encoded(self.id), "rawId": encoded(self.id), "type": "public-key", "response": response}
        )


def _client(kind: str, challenge: str, origin: str) -> bytes:
    origin = origin or settings.OTP_WEBAUTHN_ALLOWED_ORIGINS[0]
    return json.dumps({"type": kind, "challenge": challenge, "origin": origin, "crossOrigin": False}).encode()


# In a browser ---------------------------------------------------------------------------------------------------------
def ask_new(client: Client) -> dict:
    answer = client.post("/account/factors/new/passkey/")
    assert answer.status_code == 200, answer.content
    return answer.json()


def ask(client: Client) -> dict:
    answer = client.post("/sign-in/factor/passkey/")
    assert answer.status_code == 200, answer.content
    return answer.json()


def send_new(client: Client, answer: str, **more: str):
    return client.post("/account/factors/new/", {"factor": "passkey", "credential": answer, **more})


def send(client: Client, answer: str, **more: str):
    return client.post("/sign-in/factor/", {"factor": "passkey", "credential": answer, **more})


def enrolled(client: Client, *, counting: bool = True, name: str = "Work laptop") -> SoftKey:
    """A passkey that this browser's person has set up."""
    key = SoftKey(counting=counting)
    answer = send_new(client, key.make(ask_new(client)), passkey_name=name)
    assert answer.status_code == 302, answer.content.decode()
    return key
