"""Who watches over the trail: administrators and auditors of every company."""

from accounts.models import StaffRole
from accounts.permissions import ROLE_PERMISSIONS, Permission


def addresses() -> list[str]:
    """Return the addresses of everybody who is told when the trail fails."""
    roles = [role for role, held in ROLE_PERMISSIONS.items() if Permission.SEE_TRAIL_STATE in held]
    rows = StaffRole.objects.filter(ended_at=None, role__in=roles, user__is_active=True)
    return sorted(set(rows.values_list("user__email", flat=True)))
