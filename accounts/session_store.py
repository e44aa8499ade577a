"""Django's sessions in rows of accounts.UserSession: whose it is, when it began, and that it ended.

The cookie holds the key, the row a keyed hash of it. A session that ended stays ended: a request that was served
meanwhile cannot bring it back. Only the synchronous half of the store is used.
"""

from datetime import datetime
from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.base import CreateError, UpdateError
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django_otp import DEVICE_ID_SESSION_KEY

from accounts.models import UserSession

# What accounts.session_life writes into a session when somebody signs in.
STARTED_AT, FORM_HASH = "started_at", "form_hash"


def hashed(key: str | None) -> str:
    """Return what stands in the row for a session's key."""
    return salted_hmac("accounts.session", key or "", algorithm="sha256").hexdigest()


class SessionStore(DatabaseStore):
    """Keeps sessions in the database."""

    @classmethod
    def get_model_class(cls) -> type[UserSession]:
        """Return the table."""
        return UserSession

    def _get_session_from_db(self) -> UserSession | None:
        row = UserSession.objects.filter(
            pk=hashed(self.session_key), ended_at=None, expire_date__gt=timezone.now()
        ).first()
        if row is None:
            self._session_key = None
        return row

    def exists(self, session_key: str) -> bool:
        """Say whether the key was ever given out."""
        return UserSession.objects.filter(pk=hashed(session_key)).exists()

    def create_model_instance(self, data: dict[str, Any]) -> UserSession:
        """Make the row of this session."""
        started = data.get(STARTED_AT)
        return UserSession(
            session_key=hashed(self._get_or_create_session_key()),  # type: ignore[attr-defined] # not in the stubs
            session_data=self.encode(data),
            expire_date=self.get_expiry_date(),
            user_id=data.get(SESSION_KEY),
            form_hash=data.get(FORM_HASH, ""),
            verified=DEVICE_ID_SESSION_KEY in data,
            started_at=datetime.fromisoformat(started) if started else None,
        )

    def save(self, must_create: bool = False) -> None:
        """Write the session; UpdateError where it was ended meanwhile, which Django answers."""
        if self.session_key is None:
            return self.create()
        data = self._get_session(no_load=must_create)  # type: ignore[attr-defined] # not in the stubs
        row = self.create_model_instance(data)
        try:
            with transaction.atomic():
                if must_create:
                    row.save(force_insert=True)
                elif not self._update(row):
                    raise UpdateError
        except IntegrityError as error:
            raise CreateError from error
        return None

    def _update(self, row: UserSession) -> int:
        names = ("session_data", "expire_date", "user_id", "form_hash", "verified", "started_at")
        live = UserSession.objects.filter(pk=row.pk, ended_at=None)
        return live.update(**{name: getattr(row, name) for name in names})

    def delete(self, session_key: str | None = None) -> None:
        """End the session; one that was nobody's leaves nothing."""
        key = session_key or self.session_key
        if key is None:
            return
        rows = UserSession.objects.filter(pk=hashed(key))
        if not rows.filter(user=None).delete()[0]:
            rows.filter(ended_at=None).update(ended_at=timezone.now(), session_data="")

    @classmethod
    def clear_expired(cls) -> None:
        """Drop what nobody can use any more, for `manage.py clearsessions`."""
        UserSession.objects.filter(Q(user=None), expire_date__lte=timezone.now()).delete()
