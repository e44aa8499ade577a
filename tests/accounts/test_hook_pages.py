"""Hooks as administrators keep them: every page pressed, what it leaves in the trail, and what it never shows again."""

import pytest
from django.urls import reverse

from accounts.services import hooks as service
from accounts.services.hooks import call_again
from foundation.audit.models import AuditEvent
from foundation.core.errors import NotAllowed, Stale
from foundation.core.jobs import JobState
from foundation.notifications.hooks import calling, signing
from foundation.notifications.hooks.emitting import emit
from foundation.notifications.hooks.words import HookEvent
from foundation.notifications.models import Hook, HookCall
from tests.accounts.helpers import page
from tests.notifications.hook_receiver import Receiver, signed_by
from tests.notifications.hooking import make_hook
from tests.people import client_for, make_staff

TYPED = {"name": "Night pager", "events": ["request.emergency", "request.received"]}


@pytest.fixture
def administrator(db):
    return make_staff("administrator")


@pytest.fixture
def client(administrator):
    return client_for(administrator)


@pytest.fixture
def receiver():
    with Receiver() as server:
        yield server


def trail() -> list[str]:
    found = AuditEvent.objects.filter(action__startswith="hook.").order_by("pk")
    return [event.action for event in found]


def test_a_hook_is_added_its_secret_shown_once_and_a_test_sent(client, receiver):
    answer = client.post(reverse("accounts:hook_new"), TYPED | {"url": receiver.url})
    hook = Hook.objects.get()
    assert answer.url == reverse("accounts:hook_secret_shown", args=[hook.uid])
    secret = page(client.get(answer.url)).select_one("main .app-code").text
    assert secret not in client.get(answer.url).text
    assert secret not in hook.secret_sealed
    client.post(reverse("accounts:hook_test", args=[hook.uid]))
    assert calling.sweep() == 1
    assert signed_by(receiver.calls[0], secret)
    assert receiver.calls[0].payload["type"] == "test.ping"
    shown = page(client.get(reverse("accounts:hook", args=[hook.uid]))).main.text
    assert "Taken" in shown
    assert secret not in shown
    assert trail() == ["hook.added", "hook.secret_shown", "hook.tested"]
    # Paths of pagers are often secrets: the trail has the host only.
    assert all(b"night" not in bytes(entry.payload) for entry in AuditEvent.objects.filter(action="hook.added"))


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"url": "ftp://pager.example/x"}, "whole address"),
        ({"url": "https://10.0.0.7/x"}, "private or reserved network"),
        ({"url": "https://me:you@127.0.0.1/x"}, "Leave out names"),
        ({"url": "https://127.0.0.1/x", "events": []}, "tick at least one"),
        ({"url": "https://127.0.0.1/x", "name": "PAGER"}, "Another hook has this name"),
    ],
)
def test_bad_input_is_answered_with_what_was_typed(client, typed, said):
    make_hook("http://127.0.0.1:9/", name="Pager")
    answer = client.post(reverse("accounts:hook_new"), TYPED | typed)
    assert answer.status_code == 422
    found = page(answer)
    assert said in found.select_one(".govuk-error-summary").text
    assert found.select_one("input[name=url]")["value"] == typed["url"]
    assert Hook.objects.count() == 1


def test_everything_that_is_wrong_is_said_at_once_and_a_long_address_is_not_cut(client):
    form = page(client.get(reverse("accounts:hook_new")))
    ticked = [box["value"] for box in form.select("input[name=events][checked]")]
    assert ticked == [
        "request.emergency", "request.emergency_waiting", "emergency.without_account",
        "emergency.without_account_waiting",
    ]  # fmt: skip
    assert not form.select_one("input[name=url]").has_attr("maxlength")
    answer = client.post(reverse("accounts:hook_new"), {"name": "", "url": "ftp://x", "events": []})
    assert len(page(answer).select(".govuk-error-summary li")) == 3
    long = "https://127.0.0.1/" + "x" * 500
    assert "has 518 characters" in page(client.post(reverse("accounts:hook_new"), TYPED | {"url": long})).main.text


def test_a_hook_that_switched_itself_off_says_so_until_somebody_switches_it(client, receiver):
    receiver.manner = "gone"
    hook = make_hook(receiver.url)
    emit(HookEvent.RECEIVED, dedupe_key="x")
    calling.sweep()
    pages = [reverse("accounts:hook", args=[hook.uid]), reverse("accounts:hooks")]
    assert all("nswered 410" in page(client.get(path)).main.text for path in pages)
    undelivered = page(client.get(reverse("accounts:undelivered"))).main.text
    assert "Calls of hooks that were given up" in undelivered
    assert "two days" not in undelivered
    client.post(reverse("accounts:hook_switch", args=[hook.uid]), {"action": "on"})
    hook.refresh_from_db()
    assert hook.active
    assert hook.gone_at is None


def test_whoever_saves_over_a_newer_state_reads_it_first(client, administrator):
    hook = make_hook("http://127.0.0.1:9/one", name="Pager")
    url = reverse("accounts:hook_change", args=[hook.uid])
    version = page(client.get(url)).select_one("input[name=version]")["value"]
    service.change(hook, name="Pager", url="http://127.0.0.1:9/two", events=["hold.ended"], version=0, by=administrator)
    typed = TYPED | {"url": "http://127.0.0.1:9/three", "version": version}
    answer = client.post(url, typed)
    assert answer.status_code == 422
    found = page(answer)
    assert "http://127.0.0.1:9/two" in found.main.text
    assert found.select_one("input[name=url]")["value"] == "http://127.0.0.1:9/three"
    assert {box["value"] for box in found.select("input[name=events][checked]")} == set(TYPED["events"])
    typed["version"] = found.select_one("input[name=version]")["value"]
    assert client.post(url, typed).status_code == 302
    hook.refresh_from_db()
    assert hook.url == "http://127.0.0.1:9/three"
    assert client.post(url, typed | {"version": "2"}).status_code == 302  # nothing different
    assert trail() == ["hook.changed"] * 2


@pytest.mark.parametrize(("old", "both"), [("keep", True), ("end", False)])
def test_a_new_secret_keeps_the_old_one_for_a_day_or_ends_it(client, receiver, old, both):
    before = signing.new_secret()
    hook = make_hook(receiver.url, secret=before)
    answer = client.post(reverse("accounts:hook_secret", args=[hook.uid]), {"old": old}, follow=True)
    now = page(answer).select_one("main .app-code").text
    emit(HookEvent.RECEIVED, dedupe_key="x")
    calling.sweep()
    assert signed_by(receiver.calls[0], now)
    assert signed_by(receiver.calls[0], before) is both
    assert trail() == ["hook.secret_changed", "hook.secret_shown"]


def test_off_and_on_and_removed(client, receiver):
    hook = make_hook(receiver.url, name="Pager")
    switch = reverse("accounts:hook_switch", args=[hook.uid])
    for _press in range(2):  # the second press changes nothing
        client.post(switch, {"action": "off"})
    assert emit(HookEvent.RECEIVED, dedupe_key="x") == 0
    client.post(switch, {"action": "on"})
    assert emit(HookEvent.RECEIVED, dedupe_key="x") == 1
    remove = reverse("accounts:hook_remove", args=[hook.uid])
    assert "1 call waits" in client.get(remove).text
    assert client.post(remove).url == reverse("accounts:hooks")
    assert not Hook.objects.exists()
    assert trail() == ["hook.changed", "hook.changed", "hook.removed"]
    assert client.post(switch, {"action": "on"}).status_code == 404


def test_a_call_that_was_given_up_is_made_again_under_its_own_id(client, administrator, receiver):
    receiver.manner = "gone"
    hook = make_hook(receiver.url)
    emit(HookEvent.RECEIVED, dedupe_key="x", reference="MX-26-7K4Q9TX")
    calling.sweep()
    call = HookCall.objects.get()
    again = reverse("accounts:hook_again", args=[hook.uid, call.uid])
    assert "switched off" in client.post(again, follow=True).text
    assert HookCall.objects.get().state == JobState.GIVEN_UP
    receiver.manner = "ok"
    service.switch(hook, on=True, by=administrator)
    client.post(again)
    with pytest.raises(Stale):
        call_again(call, by=administrator)
    assert calling.sweep() == 1
    assert len({arrived.headers["webhook-id"] for arrived in receiver.calls}) == 1
    assert trail()[-1] == "hook.resent"


@pytest.mark.parametrize("role", ["analyst", "approver", "auditor"])
def test_nobody_else_keeps_hooks(db, role):
    hook = make_hook("http://127.0.0.1:9/")
    client = client_for(make_staff(role))
    assert client.get(reverse("accounts:hooks")).status_code == 403
    assert client.post(reverse("accounts:hook_test", args=[hook.uid])).status_code == 403
    with pytest.raises(NotAllowed):
        service.remove(hook, by=make_staff(role))


def test_dangerous_acts_ask_for_the_factor_again_and_lead_back(db, administrator):
    hook = make_hook("http://127.0.0.1:9/")
    stale = client_for(administrator, factor_age=3600)
    for name in ("hook_change", "hook_secret", "hook_switch", "hook_remove"):
        assert "/sign-in/factor/" in stale.post(reverse(f"accounts:{name}", args=[hook.uid]), {"action": "off"}).url
    assert "/sign-in/factor/" in stale.post(reverse("accounts:hook_new"), TYPED).url
    hook.refresh_from_db()
    assert hook.active
    fresh = client_for(administrator)
    for name in ("hook_switch", "hook_test"):
        back = fresh.get(reverse(f"accounts:{name}", args=[hook.uid]))
        assert back.url == reverse("accounts:hook", args=[hook.uid])


@pytest.mark.parametrize("rows", [1, 3])
def test_the_lists_cost_the_same_however_long(client, receiver, django_assert_num_queries, rows):
    for _ in range(rows):
        hook = make_hook(receiver.url)
    for number in range(rows):
        emit(HookEvent.RECEIVED, dedupe_key=str(number), reference="MX-26-7K4Q9TX")
    calling.sweep()
    client.get(reverse("accounts:hooks"))
    with django_assert_num_queries(LIST):
        client.get(reverse("accounts:hooks"))
    with django_assert_num_queries(ONE):
        client.get(reverse("accounts:hook", args=[hook.uid]))


# Session, person with roles and factor, the counts of the navigation; then the page: hooks, or one hook and its calls.
LIST, ONE = 6, 7
