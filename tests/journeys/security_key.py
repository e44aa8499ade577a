"""The security key of Chromium's developer tools: it answers without a finger, and can be told to misbehave."""

from typing import Any

from playwright.sync_api import Page


class SecurityKey:
    """A key plugged into one browser."""

    def __init__(self, page: Page) -> None:
        self._tools = page.context.new_cdp_session(page)
        self._tools.send("WebAuthn.enable")
        options = {
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": True,
            "automaticPresenceSimulation": True,
        }
        self._id = self._tools.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"]

    def knows_its_owner(self, yes: bool) -> None:
        """Whether the finger on it is the right one."""
        self._tools.send("WebAuthn.setUserVerified", {"authenticatorId": self._id, "isUserVerified": yes})

    def credentials(self) -> list[dict[str, Any]]:
        """What is on it, private keys included."""
        found: list[dict[str, Any]] = self._tools.send("WebAuthn.getCredentials", {"authenticatorId": self._id})[
            "credentials"
        ]
        return found

    def put(self, credential: dict[str, Any]) -> None:
        """Put a credential onto it, in place of the one with the same name."""
        if credential["credentialId"] in {known["credentialId"] for known in self.credentials()}:
            which = {"authenticatorId": self._id, "credentialId": credential["credentialId"]}
            self._tools.send("WebAuthn.removeCredential", which)
        self._tools.send("WebAuthn.addCredential", {"authenticatorId": self._id, "credential": credential})
