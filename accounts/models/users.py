"""The person who signs in: officer or staff, never both."""

from collections.abc import Iterable
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.functional import cached_property

from accounts.enums import AgencyStatus, CoolDownReason, DeskRole
from accounts.permissions import LEAD_PERMISSIONS, OFFICER_PERMISSIONS, ROLE_PERMISSIONS, Permission, permissions_of
from foundation.notifications.enums import Digest


class UserManager(BaseUserManager["User"]):
    """Makes users; the e-mail address is the login."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Make and save a user with a hashed password, or an unusable one."""
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> "User":
        """Find a user by e-mail, whatever its case."""
        return self.get(email=(username or "").lower())

    def holding(self, permissions: Iterable[Permission]) -> "models.QuerySet[User]":
        """Active staff who hold any of the permissions by a role in force."""
        wanted = set(permissions)
        roles = [role for role, held in ROLE_PERMISSIONS.items() if held & wanted]
        return self.filter(is_active=True, staff_roles__role__in=roles, staff_roles__ended_at=None).distinct()


class User(AbstractBaseUser):
    """One named person. An account that ends is made inactive, never deleted: the trail names it."""

    email = models.EmailField(max_length=254, unique=True)
    full_name = models.CharField(max_length=150, blank=True)
    # What officers read instead of a staff member's name.
    pseudonym = models.CharField(max_length=40, blank=True)
    time_zone = models.CharField(max_length=40, default="UTC")
    language = models.CharField(max_length=10, default="en")
    # How often ordinary messages come by mail; legal and security messages come at once.
    digest = models.CharField(max_length=10, choices=Digest.choices, default=Digest.AT_ONCE)
    is_active = models.BooleanField(default=True)
    date_joined = models.DateTimeField(default=timezone.now)
    email_confirmed_at = models.DateTimeField(null=True, blank=True)
    # When the second factor was last shown; access lapses after 90 days without it.
    last_verified_at = models.DateTimeField(null=True, blank=True)
    # Until then this person downloads, approves and releases nothing: what they sign in with was replaced.
    cool_down_until = models.DateTimeField(null=True, blank=True)
    # Until then this person downloads no records, after any change of what they sign in with; and the latest one.
    downloads_wait_until = models.DateTimeField(null=True, blank=True)
    cool_down_why = models.CharField(max_length=30, choices=CoolDownReason, blank=True)
    # The device with which the account began (its persistent id): it counts at once, see accounts.cool_down.
    first_factor = models.CharField(max_length=100, blank=True)
    # Raised to end every session at once: it is part of the session's hash.
    session_epoch = models.PositiveIntegerField(default=0)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects = UserManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("email"), name="user_email_lower_unique"),
            models.CheckConstraint(condition=models.Q(email=Lower("email")), name="user_email_is_lower"),
        ]

    def __str__(self) -> str:
        return self.email

    def get_full_name(self) -> str:
        """Return the name people use for this person."""
        return self.full_name or self.email

    def get_session_auth_hash(self) -> str:
        """Bind sessions to the password and the epoch, so that a suspension ends them."""
        return f"{super().get_session_auth_hash()}{self.session_epoch}"

    @cached_property
    def roles(self) -> frozenset[str]:
        """Return the staff roles in force."""
        return frozenset(r.role for r in self.staff_roles.all() if r.ended_at is None)

    @property
    def is_staff_member(self) -> bool:
        """Say whether this person works for the provider."""
        return bool(self.roles)

    @cached_property
    def membership(self) -> "Any | None":
        """Return the officer's membership in force, with its agency, or None."""
        return self.memberships.select_related("agency").filter(ended_at=None).first()

    @property
    def is_officer(self) -> bool:
        """Say whether this vetted officer may act now: approved, verified in time, not suspended, agency active.

        The end of the verification counts from its moment on, also while nobody writes it down (accounts.sweep).
        """
        member = self.membership
        return bool(
            member
            and not self.is_staff_member
            and member.approved_at
            and member.suspended_at is None
            and member.lapsed_at is None
            and (member.verify_again_at is None or member.verify_again_at > timezone.now())
            and member.agency.status == AgencyStatus.ACTIVE
        )

    @property
    def has_lapsed(self) -> bool:
        """Say whether all this officer lacks is to verify again: let in once, not suspended, agency active."""
        member = self.membership
        return bool(
            member
            and not self.is_staff_member
            and not self.is_officer
            and member.approved_at
            and member.suspended_at is None
            and member.agency.status == AgencyStatus.ACTIVE
        )

    @property
    def is_lead(self) -> bool:
        """Say whether this is a vetted officer who leads the agency here."""
        return self.is_officer and self.membership is not None and self.membership.role == DeskRole.LEAD

    @cached_property
    def permissions(self) -> frozenset[Permission]:
        """Return everything this person may do now."""
        if self.is_staff_member:
            return permissions_of(self.roles)
        if not self.is_officer:
            return frozenset()
        return OFFICER_PERMISSIONS | LEAD_PERMISSIONS if self.is_lead else OFFICER_PERMISSIONS
