"""The life of an application for access, as a table."""

from accounts.enums import AddressChangeStatus as A
from accounts.enums import ApplicationStatus as S
from accounts.enums import InvitationStatus as I
from accounts.enums import LostFactorStatus as L
from accounts.enums import RoleChangeStatus as R
from accounts.events import Event as E
from accounts.permissions import Permission as P
from foundation.core.workflow import Machine, row

APPLICANT = "applicant"  # a permission of the person the application is about; the guard knows it
SYSTEM = "system"
INVITED = "invited"  # whoever holds the mailed link of an invitation
OWNER = "owner"  # the person whose account it is about

APPLICATION = Machine(
    "AccessApplication",
    S,
    S.EMAIL_PENDING,
    (
        row("confirm", [S.EMAIL_PENDING], S.DRAFT, APPLICANT, E.EMAIL_CONFIRMED),
        row("submit", [S.DRAFT, S.ACTION_NEEDED], S.SUBMITTED, APPLICANT, E.APPLICATION_SUBMITTED),
        row(
            "withdraw",
            [S.DRAFT, S.SUBMITTED, S.IN_REVIEW, S.ACTION_NEEDED, S.AWAITING_APPROVAL],
            S.WITHDRAWN,
            APPLICANT,
            E.APPLICATION_WITHDRAWN,
        ),
        # Once, after a decline; another person decides.
        row("appeal", [S.REJECTED], S.SUBMITTED, APPLICANT, E.APPLICATION_APPEALED),
        # Out of review: one that nobody reviews, because it was handed back or an officer verifies again.
        row("take", [S.SUBMITTED, S.IN_REVIEW], S.IN_REVIEW, P.REVIEW_APPLICATION, E.APPLICATION_TAKEN),
        row("assign", [S.SUBMITTED, S.IN_REVIEW], S.IN_REVIEW, P.REVIEW_APPLICATION, E.APPLICATION_ASSIGNED),
        row("hand_back", [S.IN_REVIEW], S.IN_REVIEW, P.REVIEW_APPLICATION, E.APPLICATION_ASSIGNED),
        row("ask", [S.IN_REVIEW], S.ACTION_NEEDED, P.REVIEW_APPLICATION, E.APPLICATION_ASKED),
        row("recommend", [S.IN_REVIEW], S.AWAITING_APPROVAL, P.REVIEW_APPLICATION, E.APPLICATION_RECOMMENDED),
        row("send_back", [S.AWAITING_APPROVAL], S.IN_REVIEW, P.APPROVE_APPLICATION, E.APPLICATION_SENT_BACK),
        row("approve", [S.AWAITING_APPROVAL], S.APPROVED, P.APPROVE_APPLICATION, E.APPLICATION_APPROVED),
        row("approve_alone", [S.IN_REVIEW], S.APPROVED, P.REVIEW_APPLICATION, E.APPLICATION_APPROVED),
        row("reject", [S.IN_REVIEW, S.AWAITING_APPROVAL], S.REJECTED, P.REVIEW_APPLICATION, E.APPLICATION_REJECTED),
        row("suspend", [S.APPROVED], S.SUSPENDED, P.SUSPEND_ACCESS, E.ACCESS_SUSPENDED),
        row("lift", [S.SUSPENDED], S.APPROVED, P.RESTORE_ACCESS, E.SUSPENSION_LIFTED),
        row("lapse", [S.APPROVED], S.LAPSED, SYSTEM, E.ACCESS_LAPSED),
        row("verify_again", [S.LAPSED], S.IN_REVIEW, APPLICANT, E.REVERIFICATION_STARTED),
    ),
)

INVITATION = Machine(
    "StaffInvitation",
    I,
    I.PROPOSED,
    (
        row("confirm", [I.PROPOSED], I.CONFIRMED, P.CONFIRM_PEOPLE, E.STAFF_INVITATION_CONFIRMED),
        row("refuse", [I.PROPOSED], I.REFUSED, P.CONFIRM_PEOPLE, E.STAFF_INVITATION_REFUSED),
        row("withdraw", [I.PROPOSED, I.CONFIRMED], I.WITHDRAWN, P.MANAGE_PEOPLE, E.STAFF_INVITATION_WITHDRAWN),
        # Because one of the two people who invited does not work here any more.
        row("void", [I.PROPOSED, I.CONFIRMED], I.WITHDRAWN, SYSTEM, E.STAFF_INVITATION_WITHDRAWN),
        row("accept", [I.CONFIRMED], I.ACCEPTED, INVITED, E.STAFF_INVITATION_ACCEPTED),
    ),
)

ROLE_CHANGE = Machine(
    "RoleChange",
    R,
    R.PROPOSED,
    (
        row("confirm", [R.PROPOSED], R.CONFIRMED, P.CONFIRM_PEOPLE, E.STAFF_CHANGE_CONFIRMED),
        row("refuse", [R.PROPOSED], R.REFUSED, P.CONFIRM_PEOPLE, E.STAFF_CHANGE_REFUSED),
        row("withdraw", [R.PROPOSED], R.WITHDRAWN, P.MANAGE_PEOPLE, E.STAFF_CHANGE_WITHDRAWN),
        row("void", [R.PROPOSED], R.WITHDRAWN, SYSTEM, E.STAFF_CHANGE_WITHDRAWN),
        # An account that one person blocked with the proposal: one asks to lift it, another one lifts it.
        row("ask_lift", [R.PROPOSED], R.PROPOSED, P.CONFIRM_PEOPLE, E.STAFF_LIFT_ASKED),
        row("lift", [R.PROPOSED], R.LIFTED, P.CONFIRM_PEOPLE, E.STAFF_BLOCK_LIFTED),
    ),
)

LOST_FACTOR = Machine(
    "LostFactor",
    L,
    L.ASKED,
    (
        row("identify", [L.ASKED, L.IDENTIFIED], L.IDENTIFIED, P.SEE_LOST_FACTORS, E.LOST_FACTOR_IDENTIFIED),
        row("reset", [L.IDENTIFIED], L.RESET, P.SEE_LOST_FACTORS, E.LOST_FACTOR_RESET),
        row("refuse", [L.ASKED, L.IDENTIFIED], L.REFUSED, P.SEE_LOST_FACTORS, E.LOST_FACTOR_REFUSED),
        row("withdraw", [L.ASKED, L.IDENTIFIED], L.WITHDRAWN, OWNER, E.LOST_FACTOR_WITHDRAWN),
        row("finish", [L.RESET], L.DONE, OWNER, E.LOST_FACTOR_DONE),
    ),
)

ADDRESS_CHANGE = Machine(
    "AddressChange",
    A,
    A.ASKED,
    (
        row("confirm", [A.ASKED], A.CONFIRMED, OWNER, E.ADDRESS_CHANGE_CONFIRMED),
        row("withdraw", [A.ASKED], A.WITHDRAWN, OWNER, E.ADDRESS_CHANGE_WITHDRAWN),
        row("use", [A.CONFIRMED], A.USED, SYSTEM, E.ADDRESS_CHANGED),
    ),
)

MACHINES = (APPLICATION, INVITATION, ROLE_CHANGE, LOST_FACTOR, ADDRESS_CHANGE)
