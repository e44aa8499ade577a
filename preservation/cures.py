"""What an officer reads beside the ground of a declined hold: what to do, so that the next one is accepted."""

from collections.abc import Mapping

from preservation.enums import DeclineCode

CURES: Mapping[str, str] = {
    DeclineCode.NOT_CONFIRMED: "See that your control room or your supervisor knows of the request, then ask again.",
    DeclineCode.WRONG_COMPANY: "Ask the company of the group that holds these records. Our words below say which one.",
    DeclineCode.NO_GROUND: "Choose a law that lets you demand it, or ask without an order under the company's policy.",
    DeclineCode.NOT_SPECIFIC: "Give identifiers that lead to one account each, and the days that matter.",
    DeclineCode.TOO_WIDE: "Ask for fewer identifiers, or for a shorter time, then ask again.",
    DeclineCode.NATIONAL_CHANNEL: "Ask through your country's own channel. The guidelines for your country name it.",
    DeclineCode.SAME: "You need nothing: use the hold that runs already, and ask for more time there.",
    DeclineCode.OTHER: "Read our words below, then ask again or call us.",
}
