from pathlib import Path

from django.conf import settings

from lers.celery import app


def test_unit_tests_hurry_no_broker():
    assert app.connection_for_write().transport_cls == "memory"


def test_tests_write_into_a_folder_of_their_own():
    assert settings.ENVIRONMENT == "test"
    assert not settings.VAR_DIR.is_relative_to(settings.BASE_DIR)
    assert Path(settings.STORAGES["documents"]["OPTIONS"]["location"]).is_relative_to(settings.VAR_DIR)
