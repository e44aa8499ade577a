"""What the trail says of demo data: where a row was put there rather than earned, it says so."""

from enum import StrEnum


class Event(StrEnum):
    """Actions recorded in the trail."""

    PERSON_MADE = "demo.person_made"
    AGENCY_MADE = "demo.agency_made"
    CASE_MADE = "demo.case_made"
    MADE_DUE = "demo.made_due"
