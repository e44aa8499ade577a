"""People, agencies, applications for access, and roles."""

from accounts.models.agencies import Agency, AgencyDomain, AgencyMembership, AgencyNumber, Desk
from accounts.models.applications import AccessApplication, CallBack, VettingSignal
from accounts.models.factors import RecoveryCode
from accounts.models.limits import Throttle
from accounts.models.staff import DeclaredConflict, StaffRole, TeamMembership
from accounts.models.users import User

__all__ = [
    "AccessApplication",
    "Agency",
    "AgencyDomain",
    "AgencyMembership",
    "AgencyNumber",
    "CallBack",
    "DeclaredConflict",
    "Desk",
    "RecoveryCode",
    "StaffRole",
    "TeamMembership",
    "Throttle",
    "User",
    "VettingSignal",
]
