"""Kinds of process that are never uploaded to the portal, and what to do instead.

The rules of law behind them stand with each; addresses are the company's own (Provider.sealed_channel) and stand here
nowhere. Codes are part of addresses: never change one.
"""

from dataclasses import dataclass

from foundation.legal.models import ProcessType


@dataclass(frozen=True)
class Stop:
    """One kind of process that is stopped at the door."""

    code: str
    title: str
    examples: str
    why: str
    instead: tuple[str, ...]
    # True: it goes to counsel by the sealed channel; False: to the address for civil papers.
    sealed: bool = True


_SEALED = (
    "Do not upload it, do not attach it to a request, and do not write about it in a message here.",
    "Take it to our counsel by the sealed channel below, on paper or in the way your law prescribes.",
    "Say on the envelope or in the first line only that it is sealed process for counsel. Name no account.",
)

CIVIL = Stop(
    code="civil",
    title="Civil process and private parties",
    examples="Civil subpoenas and summonses, discovery, disclosure orders between parties, letters of lawyers and "
    "private investigators, requests of victims",
    why="This service is for public authorities that investigate crimes or act on a criminal case. It takes no "
    "process between private parties, whoever sends it.",
    instead=(
        "Serve the papers on the company that holds the account, at the address for service below.",
        "If you are a victim, report the crime to your local police. They can ask us for records, or to hold them.",
        "If your own account is affected, write to support. Nobody is given records of another person's account.",
    ),
    sealed=False,
)

STOPS: tuple[Stop, ...] = (
    CIVIL,
    # 18 USC 2510-2522; Investigatory Powers Act 2016 Part 2; TIA Act 1979 ch. 2.
    Stop(
        code="interception",
        title="Interception of communications",
        examples="Wiretap and interception orders, orders for content as it is sent, pen registers and traps as they "
        "happen",
        why="Such orders are secret by law, often name further measures, and bind people who must be told in person. "
        "This service keeps records that exist already and intercepts nothing.",
        instead=_SEALED,
    ),
    # 18 USC 2709(c), 3511; 12 USC 3414(c); 15 USC 1681u-1681v.
    Stop(
        code="national-security-letter",
        title="National security letters",
        examples="Letters under 18 USC 2709, 12 USC 3414 or 15 USC 1681u and 1681v",
        why="The law forbids almost everybody to know that such a letter exists. More people work in this service "
        "than may know of it.",
        instead=_SEALED,
    ),
    # 50 USC 1801 and following; 31 CFR 1010.520 (section 314(a)).
    Stop(
        code="sealed",
        title="Other sealed or classified process",
        examples="Orders of intelligence courts, classified requests, lists under section 314(a) of the USA PATRIOT "
        "Act, orders that forbid a copy",
        why="Whoever may read it is fixed by law or by the court, and this service cannot keep to that.",
        instead=_SEALED,
    ),
)

BY_CODE = {stop.code: stop for stop in STOPS}
# Types of the catalogue with a stop of their own; every other stopped type leads to "sealed".
_OF_TYPE = {"US-NSL": "national-security-letter"}


def stop_for(process_type: ProcessType) -> Stop | None:
    """Return the stop screen of a type that must not be uploaded, None for every other type."""
    if not process_type.stop_screen:
        return None
    return BY_CODE[_OF_TYPE.get(process_type.code, "sealed")]
