"""The life of an application for access, as a table."""

from accounts.enums import ApplicationStatus as S
from accounts.events import Event as E
from accounts.permissions import Permission as P
from foundation.core.workflow import Machine, row

APPLICANT = "applicant"  # a permission of the person the application is about; the guard knows it
SYSTEM = "system"

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

MACHINES = (APPLICATION,)
