from contextlib import closing

import pytest
from django.contrib.auth.hashers import check_password, make_password
from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction

from tests.harness.databases import Databases, fingerprint
from tests.harness.race import race


def role() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        return cursor.fetchone()[0]


def test_tests_run_as_the_apps_role(db, databases):
    assert role() == databases.server.app["USER"] != databases.server.owner["USER"]


@pytest.mark.parametrize("turn", [1, 2])
def test_what_a_test_writes_is_rolled_back(db, turn):
    assert not ContentType.objects.filter(app_label="harness").exists()
    ContentType.objects.create(app_label="harness", model="thing")


@pytest.mark.parametrize("turn", [1, 2])
def test_committed_database_is_fresh_and_commits(committed_db, turn):
    assert connection.settings_dict["NAME"] == committed_db.name
    assert not ContentType.objects.filter(app_label="harness").exists()
    with transaction.atomic():
        ContentType.objects.create(app_label="harness", model="thing")
    with committed_db.owner() as cursor:
        cursor.execute("SELECT current_user, (SELECT count(*) FROM django_content_type WHERE app_label = 'harness')")
        assert cursor.fetchone() == (committed_db.server.owner["USER"], 1)
    with committed_db.app() as cursor:
        cursor.execute("SELECT current_user")
        assert cursor.fetchone() == (committed_db.server.app["USER"],)


def test_after_a_committed_database_the_workers_own_is_back(db):
    assert connection.settings_dict["NAME"].startswith("lers_test_")
    assert not ContentType.objects.filter(app_label="harness").exists()


def test_threads_use_the_committed_database(committed_db):
    def create(name):
        return lambda: ContentType.objects.create(app_label="harness", model=name).pk

    first, second = race(create("one"), create("two"))
    assert set(ContentType.objects.filter(app_label="harness").values_list("pk", flat=True)) == {first, second}


def test_race_returns_the_errors_of_the_losers(committed_db):
    def create():
        return ContentType.objects.create(app_label="harness", model="same")

    results = race(*[create] * 5)
    assert sorted(type(result).__name__ for result in results) == ["ContentType"] + ["IntegrityError"] * 4


def test_subprocess_uses_the_committed_database_and_the_same_var(committed_db, settings):
    code = (
        "from django.conf import settings; from django.db import connection; c = connection.cursor();"
        "c.execute('SELECT current_database(), current_user');"
        "print(*c.fetchone(), settings.VAR_DIR, settings.ENVIRONMENT)"
    )
    done = committed_db.manage("shell", "--verbosity=0", "--command", code)
    expected = [committed_db.name, committed_db.server.app["USER"], str(settings.VAR_DIR), "test"]
    assert (done.stdout.split(), done.returncode) == (expected, 0)


def test_leftover_sessions_do_not_keep_a_database(databases):
    name = databases.copy()
    with closing(databases.server.connect(databases.server.app, name)):
        databases.drop(name)
    assert name not in databases._names()


def test_copies_in_use_are_not_swept_and_those_of_a_dead_run_are(databases):
    dead = f"{databases.template}_0_0"
    databases._run(f'CREATE DATABASE "{dead}" TEMPLATE "{databases.template}"')
    used = databases.copy()
    other = Databases(databases.server)
    other.close()
    assert dead not in databases._names()
    assert used in databases._names()
    databases.drop(used)


def test_template_is_reused_while_migrations_are_the_same(databases, monkeypatch):
    same = databases.template.removeprefix("lers_test_")
    monkeypatch.setattr("tests.harness.databases.fingerprint", lambda: same)
    monkeypatch.setattr("tests.harness.databases.migrate", lambda _: pytest.fail("migrated again"))
    other = Databases(databases.server)
    assert other.template == databases.template
    other.close()


def test_changed_migrations_change_the_fingerprint(tmp_path, monkeypatch):
    migration = tmp_path / "0001_initial.py"
    migration.write_text("a = 1")
    monkeypatch.setattr("tests.harness.databases._sources", lambda: [migration])
    before = fingerprint()
    assert fingerprint() == before
    migration.write_text("a = 2")
    assert fingerprint() != before


def test_fast_hashes_can_be_checked_by_the_portals_own_hashers(settings):
    encoded = make_password("correct horse battery")
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
    assert check_password("correct horse battery", encoded)
