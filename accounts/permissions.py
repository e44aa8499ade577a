"""What a person may do: the words, the roles that carry them, and the question everybody asks."""

from collections.abc import Iterable
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from accounts.models import User


class Permission(StrEnum):
    """Every act that needs a right. Officers hold the first group, staff roles the rest."""

    FILE_REQUEST = "request.file"
    SEE_OWN_REQUESTS = "request.see_own"
    FILE_HOLD = "hold.file"
    LEAD_AGENCY = "agency.lead"

    SEE_QUEUE = "queue.see"
    # Lists as a file: they leave the portal, so a reason is asked for.
    EXPORT_LISTS = "queue.export"
    REVIEW_REQUEST = "request.review"
    MATCH_ACCOUNTS = "request.match"
    PROPOSE_DECISION = "decision.propose"
    APPROVE_DECISION = "decision.approve"
    PREPARE_RECORDS = "package.prepare"
    RELEASE_RECORDS = "package.release"
    DECIDE_NOTICE = "notice.decide"
    GIVE_ADVICE = "counsel.advise"
    SIGN_CERTIFICATE = "certificate.sign"

    SEE_APPLICATIONS = "access.see"
    REVIEW_APPLICATION = "access.review"
    APPROVE_APPLICATION = "access.approve"
    MANAGE_AGENCIES = "agency.manage"
    SUSPEND_ACCESS = "access.suspend"
    RESTORE_ACCESS = "access.restore"
    MANAGE_MEMBERS = "member.manage"

    SEE_HOLDS = "hold.see"
    DECIDE_HOLDS = "hold.decide"

    # Who of the staff is away; whoever reads it enters their own days.
    SEE_ABSENCES = "absence.see"
    # The page of the next deadlines, each still only for those who may read what it is of.
    SEE_DEADLINES = "deadlines.see"

    # Mail that did not arrive, and sending it again; what each is about, only for those who may read that.
    SEE_UNDELIVERED = "message.see_undelivered"
    RESEND_MESSAGES = "message.resend"

    # Which types of legal process the company takes, and how each country reaches it.
    SEE_CATALOGUE = "catalogue.see"
    READ_TRAIL = "trail.read"
    # Whether the trail is written, sealed and checked, and the alarms about it; not what stands in it.
    SEE_TRAIL_STATE = "trail.see_state"
    SEE_PEOPLE = "people.see"
    MANAGE_PEOPLE = "people.manage"
    # The second of the two people whom every change of staff takes.
    CONFIRM_PEOPLE = "people.confirm"
    SEE_LOST_FACTORS = "lost_factor.see"
    # The record of processing (GDPR Art. 30).
    SEE_PROCESSING = "processing.see"
    # The register of breaches (GDPR Art. 33(5)); counsel and the data-protection officer write in it.
    SEE_BREACHES = "breach.see"
    # Unusual searching for accounts, each person's only for others.
    SEE_ALARMS = "alarm.see"
    MANAGE_SETTINGS = "settings.manage"
    # The prepared texts of questions, refusals and referrals.
    MANAGE_TEXTS = "texts.manage"


class Role(StrEnum):
    """Roles of staff. Administrators hold no decision role: who sets the rights does not use them."""

    ANALYST = "analyst"
    APPROVER = "approver"
    COUNSEL = "counsel"
    DPO = "dpo"
    CUSTODIAN = "custodian"
    PRESERVATION_ADMIN = "preservation_admin"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"


ROLE_WORDS: dict[Role, str] = {
    Role.ANALYST: "Analyst",
    Role.APPROVER: "Approver",
    Role.COUNSEL: "Counsel",
    Role.DPO: "Data-protection officer",
    Role.CUSTODIAN: "Custodian",
    Role.PRESERVATION_ADMIN: "Preservation administrator",
    Role.AUDITOR: "Auditor",
    Role.ADMINISTRATOR: "Administrator",
}

# Held alone, at every provider: who sets the rights does not use them, and who watches does not act.
HELD_ALONE = frozenset({Role.ADMINISTRATOR, Role.AUDITOR})

_EVERYBODY = frozenset({Permission.SEE_CATALOGUE, Permission.SEE_ABSENCES})
_DESK = _EVERYBODY | {Permission.SEE_QUEUE, Permission.SEE_HOLDS, Permission.SEE_DEADLINES}

_MAIL = frozenset({Permission.SEE_UNDELIVERED, Permission.RESEND_MESSAGES})

ROLE_PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.ANALYST: _DESK
    | _MAIL
    | {
        Permission.EXPORT_LISTS,
        Permission.REVIEW_REQUEST,
        Permission.MATCH_ACCOUNTS,
        Permission.PROPOSE_DECISION,
        Permission.PREPARE_RECORDS,
        Permission.DECIDE_NOTICE,
        Permission.SEE_APPLICATIONS,
        Permission.REVIEW_APPLICATION,
        Permission.MANAGE_AGENCIES,
        # Taking access away is the safe direction: whoever sees the danger may do it, at night too.
        Permission.SUSPEND_ACCESS,
        Permission.SEE_LOST_FACTORS,
    },
    Role.APPROVER: _DESK
    | _MAIL
    | {
        Permission.SEE_PEOPLE,
        Permission.SEE_ALARMS,
        Permission.CONFIRM_PEOPLE,
        Permission.SEE_LOST_FACTORS,
        Permission.EXPORT_LISTS,
        Permission.APPROVE_DECISION,
        Permission.RELEASE_RECORDS,
        Permission.MANAGE_TEXTS,
        Permission.DECIDE_NOTICE,
        Permission.SEE_APPLICATIONS,
        Permission.APPROVE_APPLICATION,
        Permission.MANAGE_AGENCIES,
        Permission.MANAGE_MEMBERS,
        Permission.SUSPEND_ACCESS,
        Permission.RESTORE_ACCESS,
    },
    Role.COUNSEL: _DESK | {Permission.GIVE_ADVICE, Permission.SEE_PROCESSING, Permission.SEE_BREACHES},
    Role.DPO: _DESK | {Permission.GIVE_ADVICE, Permission.SEE_PROCESSING, Permission.SEE_BREACHES},
    Role.CUSTODIAN: _DESK | {Permission.SIGN_CERTIFICATE},
    Role.PRESERVATION_ADMIN: _EVERYBODY
    | frozenset({Permission.SEE_HOLDS, Permission.DECIDE_HOLDS, Permission.SEE_DEADLINES})
    | _MAIL,
    Role.AUDITOR: _DESK
    | {
        Permission.EXPORT_LISTS,
        Permission.SEE_UNDELIVERED,
        Permission.SEE_APPLICATIONS,
        Permission.READ_TRAIL,
        Permission.SEE_TRAIL_STATE,
        Permission.SEE_PROCESSING,
        Permission.SEE_BREACHES,
        Permission.SEE_PEOPLE,
        Permission.SEE_ALARMS,
        Permission.SEE_LOST_FACTORS,
    },
    Role.ADMINISTRATOR: _EVERYBODY
    | _MAIL
    | frozenset(
        {
            Permission.SEE_PEOPLE,
            Permission.MANAGE_PEOPLE,
            Permission.CONFIRM_PEOPLE,
            Permission.SEE_LOST_FACTORS,
            Permission.SEE_TRAIL_STATE,
            Permission.MANAGE_SETTINGS,
            Permission.SEE_PROCESSING,
            Permission.MANAGE_TEXTS,
        }
    ),
}

OFFICER_PERMISSIONS = frozenset({Permission.FILE_REQUEST, Permission.SEE_OWN_REQUESTS, Permission.FILE_HOLD})
# An agency's lead is an officer who also looks after its members here.
LEAD_PERMISSIONS = frozenset({Permission.LEAD_AGENCY})


def permissions_of(roles: Iterable[str]) -> frozenset[Permission]:
    """Return everything the given staff roles carry."""
    return frozenset().union(*(ROLE_PERMISSIONS[Role(r)] for r in roles)) if roles else frozenset()


def has_permission(user: "User | None", permission: Permission | str) -> bool:
    """Say whether this person holds the permission now. Nobody does without being active."""
    if user is None or not user.is_active:
        return False
    return Permission(permission) in user.permissions
