"""Checks of searching, keeping, freezing and letters; on the account for tests, and undone at the end."""

import uuid
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from foundation.core.identifiers import IdentifierKind
from foundation.providers.conformance.calling import new_key
from foundation.providers.conformance.checks import Check, Run, Skipped, expect, good, refused
from foundation.providers.conformance.doors import NOBODY
from foundation.providers.connectors.base import Category, Channel, Contact, Frozen, Letter, Restrictions
from foundation.providers.connectors.base import Result as Found
from foundation.providers.connectors.http import wire
from foundation.providers.connectors.http.wire import Asked, ErrorCode


def _match(run: Run) -> None:
    run.needs("match")
    account = run.some_account()
    asked = [Asked(IdentifierKind.UID, NOBODY), Asked(IdentifierKind.UID, account), Asked(IdentifierKind.UID, NOBODY)]
    answer = good(run.caller.call(wire.MATCH, wire.MatchCall(tuple(asked))), wire.MatchAnswer)
    expect([one.number for one in answer.matches] == [0, 1, 2], "Not one answer for each identifier, in order.")
    nobody, known, again = answer.matches
    expect(nobody.result == again.result == Found.NONE, "An identifier of nobody was not answered none.")
    expect(known.result in {Found.EXACT, Found.OTHER_ENTITY}, f"The account for tests was answered {known.result}.")
    expect(not known.accounts or known.accounts[0].uid == account, "Another account came back.")


def _too_many(run: Run) -> None:
    run.needs("match")
    asked = wire.MatchCall((Asked(IdentifierKind.UID, NOBODY),) * (wire.MOST_IDENTIFIERS + 1))
    refused(run.caller.call(wire.MATCH, asked), ErrorCode.BAD_REQUEST)


def _contact(run: Run) -> None:
    run.needs("contact")
    contact = good(run.caller.call(wire.CONTACT, wire.AccountCall(run.some_account())), Contact)
    expect(contact.account == run.account, "The answer is about another account.")
    expect(len(contact.language) == 2, "language is not two letters (ISO 639-1).")
    expect(contact.address or contact.channel is Channel.COMPANY, "There is no address to write to.")
    run.found["contact"] = contact


def _hold(run: Run) -> None:
    """Ask three times: again under the same key, and for longer under another."""
    run.needs("holds")
    hold, until = f"conformance-{uuid.uuid4().hex[:12]}", run.now + timedelta(days=90)
    asked = wire.HoldCall(run.some_account(), hold, _categories(run), until, run.now)
    key = new_key()
    try:
        first = good(run.caller.call(wire.HOLDS, asked, key=key), wire.HoldAnswer)
        run.found["hold"] = hold
        again = good(run.caller.call(wire.HOLDS, replace(asked, asked_at=run.now + timedelta(seconds=5)), key=key),
                     wire.HoldAnswer)  # fmt: skip
        expect(again == first, "The same key was answered differently.")
        refused(run.caller.call(wire.HOLDS, replace(asked, hold=hold + "-2"), key=key), ErrorCode.KEY_USED)
        longer = replace(asked, until=until + timedelta(days=90))
        extended = good(run.caller.act(wire.HOLDS, longer), wire.HoldAnswer)
        expect(first.files, "The manifest has no files.")
        expect((extended.files, extended.taken_at) == (first.files, first.taken_at),
               "Kept for longer, the copies are others than at first.")  # fmt: skip
        expect(extended.until == longer.until, "The new end did not come back.")
        asked_now = good(run.caller.call(wire.RESTRICTIONS, wire.AccountCall(run.account)), Restrictions)
        expect(asked_now.keep, "While copies are held, restrictions says that nothing is kept.")
    finally:
        run.caller.act(wire.RELEASE, wire.ReleaseCall(run.account, hold, run.now))


def _release(run: Run) -> None:
    run.needs("holds")
    run.some_account()
    if "hold" not in run.found:
        raise Skipped("No hold was placed before.")
    asked = wire.ReleaseCall(run.account, run.found["hold"], run.now)
    again = good(run.caller.act(wire.RELEASE, asked), wire.ReleaseAnswer)
    expect((again.account, again.hold) == (asked.account, asked.hold), "The answer is about another hold.")
    refused(run.caller.act(wire.RELEASE, replace(asked, account=NOBODY)), ErrorCode.UNKNOWN_ACCOUNT)


def _restrictions(run: Run) -> None:
    run.needs("restrictions")
    asked = wire.AccountCall(run.some_account())
    first, second = (good(run.caller.call(wire.RESTRICTIONS, asked), Restrictions) for _ in range(2))
    expect(first == second, "Two answers after each other differ.")
    expect(first.account == run.account, "The answer is about another account.")


def _freeze(run: Run) -> None:
    run.needs("freezes")
    if not run.freeze:
        raise Skipped("Give --freeze ASSET: so that a hundred-millionth of it may be frozen for a moment.")
    name, amount = f"conformance-{uuid.uuid4().hex[:12]}", Decimal("0.00000001")
    asked = wire.FreezeCall(run.some_account(), name, run.freeze, run.now, amount)
    key = new_key()
    try:
        first = good(run.caller.call(wire.FREEZES, asked, key=key), Frozen)
        expect(first == good(run.caller.call(wire.FREEZES, asked, key=key), Frozen),
               "The same key was answered differently.")  # fmt: skip
        expect(first.amount <= amount and first.amount <= first.balance, "More was frozen than asked, or there is.")
        refused(run.caller.act(wire.FREEZES, replace(asked, asset="NOSUCHASSET")), ErrorCode.CANNOT_DO)
    finally:
        lifted = run.caller.act(wire.LIFT, wire.LiftCall(run.account, name, run.now))
    good(lifted, wire.LiftAnswer)
    refused(run.caller.act(wire.LIFT, wire.LiftCall(run.account, name + "-2", run.now)), ErrorCode.CANNOT_DO)


def _letter(run: Run) -> None:
    run.needs("notices")
    account, contact = run.some_account(), run.found.get("contact")
    letter = Letter(f"CHECK-{uuid.uuid4().hex[:8]}", "en", "A letter to check our systems", "Nothing to do.")
    asked = wire.NoticeCall(account, letter, run.now)
    if contact is None:
        raise Skipped("The contact of the account did not come.")
    if contact.channel is not Channel.COMPANY:
        refused(run.caller.act(wire.NOTICES, asked), ErrorCode.CANNOT_DO)
        return
    if not run.letter:
        raise Skipped("Give --letter: so that one may be put into the pages of the account.")
    key = new_key()
    first = good(run.caller.call(wire.NOTICES, asked, key=key), wire.NoticeAnswer)
    expect(first.reference == letter.reference, "The answer is about another letter.")
    expect(first == good(run.caller.call(wire.NOTICES, asked, key=key), wire.NoticeAnswer),
           "The same key was answered differently.")  # fmt: skip


def _categories(run: Run) -> tuple[str, ...]:
    """Return what can be asked for: what the systems say, as far as the portal knows it."""
    known = [category for category in run.about().categories if category in set(Category)]
    return tuple(known)


CHECKS = (
    Check("match", "One answer for each identifier, in order; one of nobody leads to nobody.", _match),
    Check("too many identifiers", "More than 500 in one call: 400 bad_request.", _too_many),
    Check("contact", "How the account holder is reached, and in which language.", _contact),
    Check("hold", "Copies are kept once for a key, the same ones when they are kept for longer.", _hold),
    Check("release", "Released twice, they are gone; unknown accounts: 404.", _release),
    Check("restrictions", "The answer is the same a moment later.", _restrictions),
    Check("freeze", "Frozen once for a key, never more than asked; lifted; unknown asset or freeze: 422.", _freeze),
    Check("letter", "Put into the account's pages once; where it has none: 422 cannot_do.", _letter),
)
