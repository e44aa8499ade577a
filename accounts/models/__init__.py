"""People, agencies, applications for access, and roles."""

from accounts.models.agencies import (
    Agency,
    AgencyAddressee,
    AgencyDomain,
    AgencyMembership,
    AgencyNumber,
    BlockedDomain,
    Desk,
    Vouch,
)
from accounts.models.applications import AccessApplication, ApplicationDecision, CallBack, VettingSignal
from accounts.models.browser_reports import BrowserReport
from accounts.models.changes import AddressChange
from accounts.models.factors import AuthenticatorApp, RecoveryCode
from accounts.models.limits import Throttle
from accounts.models.lost_factors import LostFactor
from accounts.models.receipts import FilingReceipt
from accounts.models.sessions import KeptForm, UserSession
from accounts.models.staff import Absence, DeclaredConflict, RoleChange, StaffInvitation, StaffRole, TeamMembership
from accounts.models.suspensions import LookBackItem, Suspension
from accounts.models.users import User

__all__ = [
    "Absence",
    "AccessApplication",
    "AddressChange",
    "Agency",
    "AgencyAddressee",
    "AgencyDomain",
    "AgencyMembership",
    "AgencyNumber",
    "ApplicationDecision",
    "AuthenticatorApp",
    "BlockedDomain",
    "BrowserReport",
    "CallBack",
    "DeclaredConflict",
    "Desk",
    "FilingReceipt",
    "KeptForm",
    "LookBackItem",
    "LostFactor",
    "RecoveryCode",
    "RoleChange",
    "StaffInvitation",
    "StaffRole",
    "Suspension",
    "TeamMembership",
    "Throttle",
    "User",
    "UserSession",
    "VettingSignal",
    "Vouch",
]
