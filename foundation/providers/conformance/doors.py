"""Checks of who is let in, and of the manner of answers: they ask nothing about any customer."""

from foundation.providers.conformance.calling import json_object, new_key
from foundation.providers.conformance.checks import Check, Failed, Run, expect, good, refused
from foundation.providers.connectors.http import codec, signing, wire
from foundation.providers.connectors.http.wire import ErrorCode

# No company has it; it is long enough for any of their forms.
NOBODY = "conformance-no-such-account"
_BAD = ErrorCode.BAD_SIGNATURE


def _about(run: Run) -> None:
    about = run.about()
    expect("1" in about.versions, f"versions is {', '.join(about.versions) or 'empty'}.")
    apart = abs((about.now - run.now).total_seconds())
    expect(apart < signing.TOLERANCE, f"The clocks are {apart:.0f} seconds apart.")


def _unsigned(run: Run) -> None:
    body = codec.to_bytes(wire.Nothing())
    refused(run.caller.send(wire.ABOUT, body, {}, ""), _BAD, signed=False)


def _wrong_secret(run: Run) -> None:
    refused(run.caller.with_other_secret().call(wire.ABOUT, wire.Nothing()), _BAD, signed=False)


def _unknown_key(run: Run) -> None:
    body, headers, call = run.caller.signed(wire.ABOUT, wire.Nothing())
    refused(run.caller.send(wire.ABOUT, body, headers | {signing.KEY: "no-such-key"}, call), _BAD, signed=False)


def _old(run: Run) -> None:
    for seconds in (-signing.TOLERANCE - 60, signing.TOLERANCE + 60):
        now = run.now.timestamp() + seconds
        body, headers, call = run.caller.signed(wire.ABOUT, wire.Nothing(), now=now)
        refused(run.caller.send(wire.ABOUT, body, headers, call), _BAD, signed=False)


def _replayed(run: Run) -> None:
    body, headers, call = run.caller.signed(wire.ABOUT, wire.Nothing())
    good(run.caller.send(wire.ABOUT, body, headers, call), wire.About)
    refused(run.caller.send(wire.ABOUT, body, headers, call), _BAD, signed=False)


def _changed(run: Run) -> None:
    """Change one thing of a signed call at a time: the body, the path, the idempotency key, the range."""
    body, headers, call = run.caller.signed(wire.CONTACT, wire.AccountCall(NOBODY))
    other = codec.to_bytes(wire.AccountCall(NOBODY + "-2"))
    ways = {
        "body": (wire.CONTACT, other, headers),
        "path": (wire.RESTRICTIONS, body, headers),
        "idempotency key": (wire.CONTACT, body, headers | {signing.IDEMPOTENCY_KEY: new_key()}),
        "range": (wire.CONTACT, body, headers | {signing.RANGE: "bytes=1-"}),
    }
    for what, (path, sent, given) in ways.items():
        try:
            refused(run.caller.send(path, sent, given, call), _BAD, signed=False)
        except Failed as error:
            raise Failed(f"With another {what}: {error}") from error


def _not_json(run: Run) -> None:
    for body in (b"{", b"[]", json_object(account=7)):
        refused(run.caller.call(wire.CONTACT, body), ErrorCode.BAD_REQUEST)


def _unknown_path(run: Run) -> None:
    refused(run.caller.call("/v1/nothing-here", wire.Nothing()), ErrorCode.UNKNOWN_PATH)


def _blind_to_more(run: Run) -> None:
    good(run.caller.call(wire.ABOUT, json_object(something_new="1")), wire.About)


def _unknown_account(run: Run) -> None:
    asked = wire.AccountCall(NOBODY)
    for path in (wire.CONTACT, wire.RESTRICTIONS):
        heard = run.caller.call(path, asked)
        refused(heard, ErrorCode.UNKNOWN_ACCOUNT)
        expect(NOBODY.encode() not in heard.body, f"The error of {path} names the account.")


def _unknown_export(run: Run) -> None:
    for path, asked in (
        (wire.STATUS, wire.ExportRef("no-such-export")),
        (wire.FILES, wire.FilesCall("no-such-export")),
        (wire.CONTENT, wire.ContentCall("no-such-export", 1)),
    ):
        refused(run.caller.call(path, asked), ErrorCode.UNKNOWN_EXPORT)


def _without_key(run: Run) -> None:
    release = wire.ReleaseCall(NOBODY, "conformance", run.now)
    refused(run.caller.call(wire.RELEASE, release), ErrorCode.BAD_REQUEST)


CHECKS = (
    Check("about", "Your systems say who they are, speak version 1, and their clock is right.", _about, harmless=True),
    Check("unsigned", "A call without a signature is refused: 401 bad_signature.", _unsigned, harmless=True),
    Check("wrong secret", "A call signed with another secret is refused.", _wrong_secret, harmless=True),
    Check("unknown key", "A call that names a key nobody knows is refused.", _unknown_key, harmless=True),
    Check("old call", "A call made more than 300 seconds ago, or from now, is refused.", _old, harmless=True),
    Check("replayed call", "The same call a second time is refused.", _replayed, harmless=True),
    Check("changed call", "A call changed after it was signed is refused, whatever was changed.", _changed,
          harmless=True),
    Check("not a message", "A body that is none of the messages is refused: 400 bad_request.", _not_json,
          harmless=True),
    Check("unknown path", "A path that there is not is refused: 404 unknown_path.", _unknown_path, harmless=True),
    Check("names to come", "Names that your side does not know are ignored.", _blind_to_more, harmless=True),
    Check("unknown account", "404 unknown_account, signed, and the error does not name the account.",
          _unknown_account, harmless=True),
    Check("unknown export", "404 unknown_export.", _unknown_export, harmless=True),
    Check("act without key", "What does something needs an Idempotency-Key: 400 bad_request.", _without_key,
          harmless=True),
)  # fmt: skip
