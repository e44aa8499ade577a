"""Who comes to the portal's addresses, and how each is refused."""

from dataclasses import dataclass, field

STAFF = ("analyst", "approver", "counsel", "dpo", "custodian", "preservation_admin", "auditor", "administrator")
# Officers of one agency: the owner of the case, its lead, a colleague who has nothing to do with it; a stranger works
# for another agency.
OFFICERS = ("owner", "lead", "colleague", "stranger")


@dataclass(frozen=True)
class Visitor:
    """Somebody, and where they are sent who do not belong."""

    name: str
    sent_to: str = ""
    # Where a look at any page of officers leads them, whatever is there; what changes something is 404.
    led_to: str = ""
    factor: str = field(default="verified")

    @property
    def is_staff(self) -> bool:
        """Say whether this is staff."""
        return self.name in STAFF

    def refusal(self, *, staff_page: bool) -> set[int]:
        """Return the statuses with which this person is turned away."""
        if self.is_staff and staff_page:
            return {403}
        if self.name == "colleague":
            return {403, 404}
        return {404}


VISITORS = {
    v.name: v
    for v in (
        Visitor("anonymous", sent_to="/sign-in/?next=", factor="none"),
        # Signed in with the password, second factor enrolled but not shown.
        Visitor("half", sent_to="/sign-in/factor/?next=", factor="password"),
        # The same, with no second factor yet.
        Visitor("newcomer", sent_to="/account/factors/new/", factor="password"),
        Visitor("applicant"),
        Visitor("suspended"),
        # An officer whose year is over: signed in to verify again, and for nothing else.
        Visitor("lapsed", led_to="/access/verify/"),
        *(Visitor(name) for name in OFFICERS),
        *(Visitor(name) for name in STAFF),
    )
}
