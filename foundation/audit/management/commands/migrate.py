"""Django's migrate, followed by the rights of the app's role: no order of migrations can leave a table without them."""

from contextlib import nullcontext
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.core.management.commands.migrate import Command as MigrateCommand
from django.db import connections
from django.db.migrations.recorder import MigrationRecorder

from foundation.audit import grants
from foundation.audit.from_nothing import each_model_alone


class Command(MigrateCommand):
    """Migrate as the owner of the tables, then give the app's role what it may do."""

    def handle(self, *args: Any, **options: Any) -> None:
        """Refuse early where the roles are not as they must be, so that nothing is left half done."""
        only_looking = options["plan"] or options["check_unapplied"]
        connection, role = connections[options["database"]], settings.DATABASE_APP_ROLE
        if only_looking:
            super().handle(*args, **options)
            return
        if not grants.role_exists(connection, role):
            raise CommandError(
                f"The database server has no role {role}, which the portal runs as. Create it "
                f"(CREATE ROLE {role} LOGIN PASSWORD '...') or name another in DATABASE_APP_ROLE, then migrate again."
            )
        owner = grants.current_role(connection)
        if owner == role and settings.PRODUCTION:
            raise CommandError(
                f"Migrating as {role} would make the portal the owner of its own trail, free to change it. "
                "Set DATABASE_OWNER_URL to a second role and migrate again."
            )
        empty = not MigrationRecorder(connection).applied_migrations()
        with each_model_alone() if empty else nullcontext():
            super().handle(*args, **options)
        if owner == role:
            self.stderr.write(f"{role} owns the tables: only triggers keep it from changing the trail.")
        else:
            grants.grant(connection, role)
            if (reader := settings.DATABASE_READER_ROLE) and grants.role_exists(connection, reader):
                grants.grant_reading(connection, reader)
