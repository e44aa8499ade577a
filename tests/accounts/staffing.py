"""What tests of staff share: two administrators, and changes that wait for the second of them."""

from accounts.models import RoleChange, StaffInvitation, User
from accounts.services import invitations, staff
from accounts.services.invitations import Colleague
from accounts.services.staff import Wanted
from tests.people import make_provider, make_staff


def administrators() -> tuple[User, User]:
    """Two administrators who can sign in."""
    return make_staff("administrator"), make_staff("administrator")


def proposed(user: User, kind="grant", *, by: User, role="approver", **more) -> RoleChange:
    """A change that waits for a second person."""
    about = {"provider": make_provider(), "role": role} if kind in {"grant", "end"} else {}
    return staff.propose(user, Wanted(kind, **(about | more)), reason="Needed for the night desk", by=by)


def blocked(user: User, *, by: User, **more) -> RoleChange:
    """An account that one person blocked at once, and proposed to close."""
    return proposed(user, "leave", at_once=True, by=by, **more)


def invited(email="new.colleague@meridian.example", *, by: User, roles=("analyst",), **more) -> StaffInvitation:
    """An invitation that waits for a second person."""
    colleague = Colleague(email, "Noor Haddad", make_provider(), list(roles), pseudonym="reviewer 31", **more)
    return invitations.propose(colleague, reason="Joins in May", by=by)


def again(user: User) -> User:
    """The person as the database knows them now."""
    return User.objects.get(pk=user.pk)
