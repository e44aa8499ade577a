"""Who sees which hold, and which holds are due."""

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Self

from django.db import connection, models
from django.db.models import Exists, OuterRef, Q
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce

from accounts.enums import DeskRole
from accounts.permissions import Permission
from preservation import schedule
from preservation.enums import OPEN_STATUSES, Acceptance, ExtensionStatus, HoldStatus

if TYPE_CHECKING:
    from accounts.models import User
    from preservation.models import PreservationHold  # noqa: F401 - named in the base of the class

# When the copies of a hold are to be gone: a column of an index, so that looking for those that stay costs what stays.
COPIES_OVER = Coalesce("released_at", "declined_at", "grace_until", "expired_at", "expires_at")
# When a hold that is over was over: a column of an index too, so that the latest are found first.
OVER_AT = Coalesce("released_at", "declined_at", "expired_at", "expires_at")
# An identifier that leads to several accounts, of which nobody has chosen; an index has these and no others.
WAITS_FOR_CHOICE = Q(match_result="ambiguous", chosen_at=None, released_at=None)


class PreservationHoldQuerySet(models.QuerySet["PreservationHold"]):
    """Scopes of holds; views start from visible_to or visible_to_staff, never from all()."""

    def visible_to(self, user: "User") -> Self:
        """Holds an officer may see: own, followed, and as agency lead the agency's; of others only what was sent.

        Restricted ones are the officer's alone. An officer who joined another agency leaves them all behind. Each way
        is a query with an index of its own, put together by UNION.
        """
        member = user.membership
        if not user.is_officer or member is None:
            return self.none()
        holds = self.model._default_manager
        own = holds.filter(officer=user, agency=member.agency)
        sent = Q(agency=member.agency, restricted=False, requested_at__isnull=False)
        ways = [holds.filter(sent, followers__user=user, followers__ended_at=None, followers__agency=member.agency)]
        if member.role == DeskRole.LEAD:
            ways.append(holds.filter(sent))
        return self.filter(pk__in=own.values("pk").union(*(way.values("pk") for way in ways)))

    def visible_to_staff(self, user: "User") -> Self:
        """Holds staff may see: those of their providers; restricted ones only who decides on holds.

        Who declared a conflict sees neither the agency's holds nor the one named.
        """
        if Permission.SEE_HOLDS not in user.permissions:
            return self.none()
        providers = user.staff_roles.filter(ended_at=None).values("provider")
        conflicts = user.conflicts.filter(ended_at=None)
        found = (
            self.filter(provider__in=providers)
            .exclude(status=HoldStatus.DRAFT)
            .exclude(agency__in=conflicts.filter(agency__isnull=False).values("agency"))
            .exclude(reference__in=conflicts.exclude(about_reference="").values("about_reference"))
        )
        return found if Permission.DECIDE_HOLDS in user.permissions else found.filter(restricted=False)

    def open(self) -> Self:
        """Holds under which records are kept now."""
        return self.filter(status__in=OPEN_STATUSES)

    def to_accept(self) -> Self:
        """Holds that wait for a person to accept or decline them, while they keep records."""
        return self.open().filter(acceptance=Acceptance.PENDING)

    def to_choose(self) -> Self:
        """Holds that name something which leads to several accounts: nothing is kept of these until a person chose."""
        named: Any = self.model.identifiers.rel.related_model
        return self.open().filter(pk__in=named.objects.filter(WAITS_FOR_CHOICE).values("hold"))

    def ending(self, days: int, at: datetime) -> Self:
        """Holds that run down and end within so many UTC days, the last one whole."""
        return self.filter(status=HoldStatus.ACTIVE, expires_at__lt=schedule.within(days, at=at))

    def ending_on(self, first: date, days: int, *, most: int) -> dict[date, int]:
        """Count what runs down and ends on each of so many UTC days: one query, which stops one beyond `most` a day."""
        found = self.filter(
            status=HoldStatus.ACTIVE,
            expires_at__gte=RawSQL("day.begins", ()),
            expires_at__lt=RawSQL("day.begins + interval '1 day'", ()),
        )
        sql, given = found.order_by().values("pk")[: most + 1].query.sql_with_params()
        begins = datetime.combine(first, time(), UTC)
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT day.begins, (SELECT count(*) FROM ({sql}) found) "  # noqa: S608 - Django's own statement
                "FROM generate_series(%s::timestamptz, %s, interval '1 day') AS day(begins)",
                [*given, begins, begins + timedelta(days=days - 1)],
            )
            return {begun.astimezone(UTC).date(): number for begun, number in cursor.fetchall()}

    def due(self, at: datetime) -> Self:
        """Holds to remind of, or to end, soonest first."""
        return self.filter(next_action_at__lte=at).order_by("next_action_at")

    def work_due(self, at: datetime) -> Self:
        """Holds for which the company's own systems have something to do or to answer, soonest first."""
        return self.filter(work_at__lte=at).order_by("work_at")

    def with_extensions(self) -> Self:
        """Note on each row whether an extension is asked for, and whether one was granted."""
        model: Any = self.model.extensions.rel.related_model
        extensions = model.objects.filter(hold=OuterRef("pk"))
        return self.annotate(
            asked=Exists(extensions.filter(status=ExtensionStatus.REQUESTED)),
            extended=Exists(extensions.filter(status=ExtensionStatus.GRANTED)),
        )
