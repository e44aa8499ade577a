"""The demo's sign-ins: one for every role, with a password and a second factor that everybody may know."""

import base64
import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from allauth.account.models import EmailAddress
from django.db import transaction
from django.db.models import Q

from accounts.enums import DeskRole
from accounts.models import Agency, AgencyMembership, AuthenticatorApp, StaffRole, TeamMembership, User
from accounts.permissions import Role
from foundation.audit.canonical import JSON
from foundation.audit.trail import record
from foundation.providers.models import Provider
from lers.demo.events import Event

NORDVIK, NORTHMOOR = "politiet.nordvik.example", "northmoor-police.example"
VALCLAIR = "douane-valclair.example"
HARLOW, OSTHEIDE = "harlow-taskforce.example", "polizei-ostheide.example"
PORTO_SERENO, STRAITS_QUAY = "policia-portosereno.example", "straitsquay-police.example"
STAFF_DOMAIN = "meridian.example"
_ZONES = {
    NORDVIK: "Europe/Oslo", NORTHMOOR: "Europe/London", VALCLAIR: "Europe/Paris", HARLOW: "America/New_York",
    OSTHEIDE: "Europe/Berlin", PORTO_SERENO: "America/Sao_Paulo", STRAITS_QUAY: "Asia/Singapore",
    STAFF_DOMAIN: "Europe/Dublin",
}  # fmt: skip
# Who is in the team for restricted requests: everybody else finds those nowhere.
_RESTRICTED = ("analyst", "approver")


@dataclass(frozen=True)
class SignIn:
    """Somebody a visitor of the demo can be."""

    role: str
    name: str
    email: str
    staff_role: Role | None = None
    pseudonym: str = ""
    rank: str = ""
    unit: str = ""
    badge: str = ""
    phone: str = ""

    @property
    def password(self) -> str:
        """The same on every machine; long enough for the portal's own rule."""
        return f"harbour-light-{self.role.replace('_', '-')}-26"

    @property
    def secret(self) -> bytes:
        """The secret of the authenticator app, the same on every machine."""
        return hashlib.sha256(f"demo {self.role}".encode()).digest()[:20]

    @property
    def domain(self) -> str:
        """The part of the address that names the employer."""
        return self.email.rpartition("@")[2]

    def as_json(self) -> dict[str, str]:
        """Return what `demo_credentials` prints."""
        known = {
            "role": self.role,
            "email": self.email,
            "password": self.password,
            "totp_secret": base64.b32encode(self.secret).decode(),
        }
        return known | {"signing_pin": CUSTODIAN_PIN} if self.role == "custodian" else known


SIGN_INS = (
    SignIn("officer", "Karin Aas", f"k.aas@{NORDVIK}", rank="Inspector", unit="Cyber crime", badge="20714",
           phone="+441632960114"),
    SignIn("lead", "Ola Berg", f"o.berg@{NORDVIK}", rank="Chief Inspector", unit="Cyber crime", badge="11802",
           phone="+441632960115"),
    SignIn("analyst", "Priya Nair", f"p.nair@{STAFF_DOMAIN}", Role.ANALYST, "reviewer 4"),
    SignIn("approver", "Sofia Marek", f"s.marek@{STAFF_DOMAIN}", Role.APPROVER, "reviewer 7"),
    SignIn("preservation_admin", "Marta Silva", f"m.silva@{STAFF_DOMAIN}", Role.PRESERVATION_ADMIN, "reviewer 9"),
    SignIn("auditor", "Edwin Okafor", f"e.okafor@{STAFF_DOMAIN}", Role.AUDITOR, "reviewer 11"),
    SignIn("administrator", "Hana Sato", f"h.sato@{STAFF_DOMAIN}", Role.ADMINISTRATOR, "reviewer 1"),
    SignIn("second_analyst", "Lucas Moreau", f"l.moreau@{STAFF_DOMAIN}", Role.ANALYST, "reviewer 5"),
    SignIn("second_approver", "Tomas Brandt", f"t.brandt@{STAFF_DOMAIN}", Role.APPROVER, "reviewer 8"),
    SignIn("counsel", "Ines Duarte", f"i.duarte@{STAFF_DOMAIN}", Role.COUNSEL, "reviewer 12"),
    SignIn("dpo", "Aoife Byrne", f"a.byrne@{STAFF_DOMAIN}", Role.DPO, "reviewer 14"),
    SignIn("custodian", "Helen Adair", f"h.adair@{STAFF_DOMAIN}", Role.CUSTODIAN, "reviewer 15"),
    SignIn("second_officer", "Joan Marsh", f"j.marsh@{NORTHMOOR}", rank="Detective Sergeant", unit="Economic crime",
           badge="NM 4471", phone="+441632960220"),
    # People of the vetting desk's cases: each can sign in and see what the portal still lets them do.
    SignIn("lapsed_officer", "Paul Renaud", f"p.renaud@{VALCLAIR}", rank="Inspector", unit="Investigations",
           badge="DV 771", phone="+441632960317"),
    SignIn("suspended_officer", "Rick Dale", f"r.dale@{NORTHMOOR}", rank="Detective Constable",
           unit="Economic crime", badge="NM 5120", phone="+441632960226"),
    # Officers of four more countries, who ask for the same account.
    SignIn("us_officer", "Dana Whitlock", f"d.whitlock@{HARLOW}", rank="Task Force Officer", unit="Cyber fraud",
           badge="HT 2208", phone="+12025550143"),
    SignIn("de_officer", "Miriam Tessen", f"m.tessen@{OSTHEIDE}", rank="Kriminaloberkommissarin",
           unit="Kommissariat 34", badge="OH 40117", phone="+493023125114"),
    SignIn("br_officer", "Renata Galvão", f"r.galvao@{PORTO_SERENO}", rank="Escrivã de Polícia",
           unit="Delegacia de Crimes Cibernéticos", badge="PS 8830", phone="+441632960411"),
    SignIn("sg_officer", "Teo Jia Hui", f"jh.teo@{STRAITS_QUAY}", rank="Inspector", unit="Commercial Crime Branch",
           badge="SQ 5519", phone="+441632960511"),
)  # fmt: skip
# Of the key that the demo's custodian signs certificates with.
CUSTODIAN_PIN = "quiet-lantern-5530"
BY_ROLE = {person.role: person for person in SIGN_INS}


def credentials() -> list[dict[str, str]]:
    """Return every demo sign-in as it is printed."""
    return [person.as_json() for person in SIGN_INS]


def who(role: str) -> User:
    """Return the person of a demo role, as the database knows them now."""
    return User.objects.get(email=BY_ROLE[role].email)


def ensure_staff(provider: Provider, *, at: datetime, now: datetime) -> None:
    """Make the staff that are missing, with their role and team, used lately: nobody's account is closed as unused."""
    for person in SIGN_INS:
        if person.staff_role:
            _ensure(person, at=at, provider=provider, last_verified_at=now - timedelta(days=1))
    for role in _RESTRICTED if provider.restricted_team else ():  # also in a demo of before there was this team
        TeamMembership.objects.get_or_create(user=who(role), team=provider.restricted_team)
    mine = User.objects.filter(email__in=[person.email for person in SIGN_INS if person.staff_role])
    unused = Q(last_verified_at=None) | Q(last_verified_at__lt=now - timedelta(days=30))  # a demo from long ago
    mine.filter(unused).update(last_verified_at=now - timedelta(days=1))


def ensure_officers(agencies: dict[str, Agency], *, at: datetime, now: datetime) -> None:
    """Make the officers that are missing, as members of the agency whose domain their address has, used lately."""
    for person in SIGN_INS:
        if not person.staff_role:
            _ensure(person, at=at, agency=agencies[person.domain], last_verified_at=now - timedelta(days=1))
    # Officers of a demo made before use was counted: theirs counts from now.
    never = User.objects.filter(email__in=[person.email for person in SIGN_INS], last_verified_at=None)
    never.filter(memberships__isnull=False).update(last_verified_at=now - timedelta(days=1))


@transaction.atomic
def _ensure(
    person: SignIn, *, at: datetime, provider: Provider | None = None, agency: Agency | None = None,
    last_verified_at: datetime | None = None,
) -> None:  # fmt: skip
    if User.objects.filter(email=person.email).exists():
        return
    user = User.objects.create_user(
        person.email, person.password, full_name=person.name, pseudonym=person.pseudonym, email_confirmed_at=at,
        date_joined=at, time_zone=_ZONES[person.domain], last_verified_at=last_verified_at,
    )  # fmt: skip
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    AuthenticatorApp.objects.make(user=user, secret=person.secret, name="Authenticator app", at=at)
    if provider and person.staff_role:
        StaffRole.objects.create(user=user, provider=provider, role=person.staff_role, granted_at=at)
        _join_teams(user, provider, person)
    if agency:
        _join_agency(user, agency, person, at)
    facts: dict[str, JSON] = {
        "role": person.role,
        "roles": [person.staff_role] if provider and person.staff_role else [],
        "teams": [str(row.team) for row in user.team_memberships.select_related("team").order_by("pk")],
        "lead": agency is not None and person.role == "lead",
    }
    record(Event.PERSON_MADE, by=None, obj=user, data=facts, at=at)


def _join_teams(user: User, provider: Provider, person: SignIn) -> None:
    if person.staff_role not in {Role.ANALYST, Role.APPROVER}:
        return
    for team in provider.teams.all():
        if team.pk != provider.restricted_team_id or person.role in _RESTRICTED:
            TeamMembership.objects.create(user=user, team=team, on_call=person.staff_role is Role.ANALYST)


def _join_agency(user: User, agency: Agency, person: SignIn, at: datetime) -> None:
    AgencyMembership.objects.create(
        user=user,
        agency=agency,
        role=DeskRole.LEAD if person.role == "lead" else DeskRole.OFFICER,
        rank=person.rank,
        unit=person.unit,
        badge=person.badge,
        phone=person.phone,
        started_at=at,
        approved_at=at,
        verify_again_at=at + timedelta(days=365),
    )
