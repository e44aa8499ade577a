"""After the factor of a download a page says that the file comes, and leads back to where it was asked for."""

import pytest
from django.urls import reverse

from accounts.models import AuthenticatorApp
from tests.accounts.helpers import code_of, page, words
from tests.factories import request_at
from tests.people import client_for, make_officer

pytestmark = pytest.mark.django_db


@pytest.fixture
def data_request():
    return request_at("in_review", preview=True)


def confirm(client, user, url):
    app = AuthenticatorApp.objects.filter(user=user).first()
    AuthenticatorApp.objects.filter(pk=app.pk).update(last_step=-1)
    query = url.partition("?")[2]
    following = page(client.get(url)).select_one("input[name=next]")["value"]
    said = {"factor": "totp", "code": code_of(AuthenticatorApp.objects.get(pk=app.pk)), "next": following}
    return client.post(f"{reverse('accounts:factor')}?{query}", said)


def asked(client, data_request, **more):
    uid = data_request.documents.get().document.uid
    return client.get(f"/staff/requests/{data_request.reference}/documents/{uid}/", **more)


def test_the_page_starts_the_download_and_leads_back(data_request):
    client = client_for(data_request.assignee, factor_age=3600)
    stood_on = f"/staff/requests/{data_request.reference}/?doc=1"
    sent = asked(client, data_request, headers={"referer": f"http://testserver{stood_on}"})
    answer = confirm(client, data_request.assignee, sent["Location"])
    assert answer["Location"].startswith("/sign-in/download/?next=")
    said = client.get(answer["Location"])
    assert "Your download starts" in words(said)
    url = page(said).select_one("main a.govuk-link")["href"]
    assert page(said).select_one("meta[http-equiv=refresh]")["content"] == f"0; url={url}"
    assert page(said).select_one("main a.govuk-button")["href"] == stood_on
    assert b"".join(client.get(url).streaming_content).startswith(b"%PDF")


def test_without_a_page_it_leads_to_the_first_one_and_a_false_back_goes_nowhere(data_request):
    client = client_for(data_request.assignee, factor_age=3600)
    sent = asked(client, data_request, headers={"referer": "https://elsewhere.example/x"})
    answer = confirm(client, data_request.assignee, sent["Location"])
    assert "back=" not in answer["Location"]
    for back in ("https://elsewhere.example/", "//elsewhere.example/", "/sign-in/factor/"):
        said = client.get(f"{answer['Location']}&back={back}")
        assert page(said).select_one("main a.govuk-button")["href"] == reverse("accounts:landing")


@pytest.mark.parametrize("url", ["", "/staff/queue/", "https://elsewhere.example/", "/nothing/here/"])
def test_what_is_no_download_leads_to_the_first_page(url):
    answer = client_for(make_officer()).get("/sign-in/download/", {"next": url})
    assert answer["Location"] == reverse("accounts:landing")


def test_a_page_is_gone_on_to_as_before(data_request):
    client = client_for(data_request.assignee, factor_age=3600)
    answer = confirm(client, data_request.assignee, "/sign-in/factor/?next=/account/password/")
    assert answer["Location"] == "/account/password/"
