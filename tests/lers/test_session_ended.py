"""A form whose session ended says so; one from another tab says that."""

import pytest
from django.test import Client

from tests.people import client_for, make_officer

pytestmark = pytest.mark.django_db

OTHER_TAB = "before you signed in or out in another tab"


def words(answer):
    return " ".join(answer.content.decode().split())


def test_a_form_without_a_session_leads_to_sign_in():
    answer = Client(enforce_csrf_checks=True).post("/drafts/new/", {"need": "disclosure"})
    assert answer.status_code == 403
    assert "Your session ended. Nothing was changed." in words(answer)
    assert "/sign-in/?next=" in words(answer)
    assert OTHER_TAB not in words(answer)


def test_who_is_signed_in_reads_of_another_tab():
    client = client_for(make_officer())
    client.handler.enforce_csrf_checks = True
    answer = client.post("/drafts/new/", {"need": "disclosure"})
    assert answer.status_code == 403
    assert OTHER_TAB in words(answer)
    assert "Your session ended" not in words(answer)


def test_a_public_form_says_nothing_of_a_session():
    answer = Client(enforce_csrf_checks=True).post("/sign-in/", {"email": "a@example.org"})
    assert answer.status_code == 403
    assert "Your session ended" not in words(answer)
