"""What an officer reads beside the ground of a declined hold: what to do, so that the next one is accepted."""

from collections.abc import Mapping

from preservation.enums import DeclineCode

# Where the name of the ground would say that there is an account, the officer reads this in its place.
_NEUTRAL = {DeclineCode.WRONG_COMPANY: "Requests like this one go to another company of the group"}
CURES: Mapping[str, str] = {
    DeclineCode.NOT_CONFIRMED: "See that your control room or your supervisor knows of the request, then ask again.",
    DeclineCode.WRONG_COMPANY: "Ask that company: our words below say which one. It says nothing about accounts.",
    DeclineCode.NO_GROUND: "Choose a law that lets you demand it, or ask without an order under the company's policy.",
    DeclineCode.NOT_SPECIFIC: "Give identifiers that lead to one account each, and the days that matter.",
    DeclineCode.TOO_WIDE: "Ask for fewer identifiers, or for a shorter time, then ask again.",
    DeclineCode.NATIONAL_CHANNEL: "Ask through your country's own channel. The guidelines for your country name it.",
    DeclineCode.SAME: "You need nothing: use the hold that runs already, and ask for more time there.",
    DeclineCode.OTHER: "Read our words below, then ask again or call us.",
}


def ground_words(code: str) -> str:
    """Return why a hold was declined, as its officer reads it: never that somebody has an account."""
    found = DeclineCode(code)
    return _NEUTRAL.get(found, str(found.label))
