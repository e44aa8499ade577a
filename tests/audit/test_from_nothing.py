"""The database that was migrated from nothing, each model drawn alone, is the one that the models describe."""

import pytest
from django.apps import apps
from django.db import connection, models
from django.db.migrations.state import ProjectState

from foundation.audit.from_nothing import each_model_alone

pytestmark = pytest.mark.django_db

REFERENCES = """
    SELECT conrelid::regclass::text, a.attname, confrelid::regclass::text
    FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
    WHERE c.contype = 'f' AND cardinality(c.conkey) = 1
"""
COLUMNS = """
    SELECT table_name, column_name, is_nullable = 'YES' FROM information_schema.columns WHERE table_schema = 'public'
"""
NAMES = """
    SELECT conname FROM pg_constraint UNION SELECT indexname FROM pg_indexes WHERE schemaname = 'public'
"""
MODELS = [model for model in apps.get_models(include_auto_created=True) if model._meta.managed]


def asked(statement):
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return set(cursor.fetchall())


def test_tables_have_the_columns_of_their_models():
    wanted = {
        (model._meta.db_table, field.column, field.null or isinstance(field, models.GeneratedField))
        for model in MODELS
        for field in model._meta.local_concrete_fields
    }
    assert len(wanted) > 1000
    assert {row for row in asked(COLUMNS) if row[0] != "django_migrations"} == wanted


def test_tables_refer_to_those_that_the_models_refer_to():
    wanted = {
        (model._meta.db_table, field.column, field.related_model._meta.db_table)
        for model in MODELS
        for field in model._meta.local_concrete_fields
        if isinstance(field, models.ForeignKey) and field.db_constraint
    }
    assert len(wanted) > 300
    assert asked(REFERENCES) == wanted


def test_every_constraint_and_index_is_there():
    wanted = {(one.name,) for model in MODELS for one in (*model._meta.constraints, *model._meta.indexes)}
    assert len(wanted) > 200
    assert wanted - asked(NAMES) == set()


def test_a_model_is_drawn_alone_and_django_is_as_before_afterwards():
    before = dict(vars(ProjectState))
    state = ProjectState.from_apps(apps)
    user = state.apps.get_model("accounts", "user")
    with each_model_alone():
        state.add_field("accounts", "absence", "beside", models.ForeignKey("accounts.user", models.CASCADE), None)
        assert state.apps.get_model("accounts", "user") is user
        assert state.apps.get_model("accounts", "absence")._meta.get_field("beside").related_model is user
        state.clear_delayed_apps_cache()
        whole = state.apps.get_model("accounts", "user")
        assert whole is not user
        assert state.apps.get_model("accounts", "absence") in {row.related_model for row in whole._meta.related_objects}
    assert dict(vars(ProjectState)) == before
