"""A whole run: every check once, in order, whatever becomes of the one before."""

from collections.abc import Iterator
from dataclasses import dataclass

from foundation.providers.conformance import acting, doors, exporting
from foundation.providers.conformance.calling import Unreachable
from foundation.providers.conformance.checks import Check, Failed, Result, Run, Skipped
from foundation.providers.connectors.http.codec import BadMessage

CHECKS: tuple[Check, ...] = (*doors.CHECKS, *acting.CHECKS, *exporting.CHECKS)
HARMLESS: tuple[Check, ...] = tuple(check for check in CHECKS if check.harmless)


@dataclass(frozen=True)
class Outcome:
    """What came of one check; why: of one that failed or was skipped."""

    check: Check
    result: Result
    why: str = ""


def outcomes(run: Run, checks: tuple[Check, ...] = CHECKS) -> Iterator[Outcome]:
    """Yield what comes of each check, as soon as it is known; where nobody answers at all, the rest is skipped."""
    silent = ""
    for check in checks:
        if silent:
            yield Outcome(check, Result.SKIPPED, silent)
            continue
        try:
            check.run(run)
        except Skipped as error:
            yield Outcome(check, Result.SKIPPED, str(error))
        except (Failed, BadMessage, ValueError, KeyError) as error:
            yield Outcome(
                check, Result.FAILED, str(error) if isinstance(error, Failed) else "An answer is not as it should be."
            )
        except Unreachable as error:
            if check is checks[0]:
                silent = "Nothing answers there."
            yield Outcome(check, Result.FAILED, str(error))
        else:
            yield Outcome(check, Result.PASSED)
