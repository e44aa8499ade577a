"""What administrators decide: with the right, in the trail, and never over somebody else's change."""

import json

import pytest

from foundation.audit.models import AuditEvent
from foundation.core.errors import NotAllowed, PortalError, Stale, TransitionRefused
from foundation.legal.models import Jurisdiction, ProcessType
from foundation.providers.models import EntryPoint, ProcessPolicy, Provider
from foundation.providers.policy import offered_types, policy_of, redirect_for
from requests_app.services import company_policy as service
from tests.harness.race import race
from tests.people import make_provider, make_staff
from tests.requests_app.catalogue.company import AT

SAID = {
    "title": "Through the ministry", "address": "1 Sample Road", "language": "pt", "team": None, "guidelines": "Write.",
    "redirects": True, "allows_filing": True, "national_channel": "The ministry's portal", "law": "Act 5",
    "victims": "190",
}  # fmt: skip


def kind(code="FR-REQ-60-1"):
    return ProcessType.objects.get(code=code)


def switch(provider, by, *, accepted=False, needs_counsel=False, version=0, code="FR-REQ-60-1"):
    return service.switch(
        provider, kind(code), accepted=accepted, needs_counsel=needs_counsel, reason="Counsel asked.", version=version,
        by=by, at=AT,
    )  # fmt: skip


def event(action):
    return AuditEvent.objects.filter(action=action).get()


def data_of(entry):
    return json.loads(bytes(entry.payload))["data"]


def test_a_decision_holds_at_once_and_stands_in_the_trail_with_before_and_after(provider, administrator):
    switch(provider, administrator, needs_counsel=True)
    assert policy_of(provider, kind()).needs_counsel
    assert "FR-REQ-60-1" not in [row.code for row in offered_types(provider, "FR", AT)]
    entry = event("provider.policy_changed")
    assert (entry.object_label, entry.reason, entry.actor_id) == (
        "FR-REQ-60-1", "Counsel asked.", str(administrator.pk),
    )  # fmt: skip
    assert data_of(entry)["changes"] == {"accepted": [True, False], "needs_counsel": [False, True]}


def test_what_is_so_already_leaves_no_event(provider, administrator):
    assert switch(provider, administrator, accepted=True) is None
    assert not ProcessPolicy.objects.exists()
    assert not AuditEvent.objects.filter(action="provider.policy_changed").exists()


def test_the_older_of_two_decisions_is_refused(provider, administrator):
    switch(provider, administrator)
    with pytest.raises(Stale):
        switch(provider, administrator, needs_counsel=True)
    switch(provider, administrator, accepted=True, needs_counsel=True, version=1)
    assert policy_of(provider, kind()).version == 2


def test_of_two_who_decide_at_once_one_is_told(committed_db):
    provider, first, second = make_provider(), make_staff("administrator"), make_staff("administrator")
    Jurisdiction.objects.create(code="FR", name="France")
    ProcessType.objects.create(
        code="FR-REQ-60-1", catalogue_version="test", jurisdiction_id="FR", name="Requisition", authority="CPP 60-1",
        issuer="officer", bars_notice="no", route="direct",
    )  # fmt: skip
    results = race(
        lambda: switch(provider, first, needs_counsel=True), lambda: switch(provider, second, accepted=False)
    )
    assert len([r for r in results if isinstance(r, PortalError)]) == 1
    assert AuditEvent.objects.filter(action="provider.policy_changed").count() == 1


@pytest.mark.parametrize("role", ["analyst", "approver", "counsel", "auditor", "preservation_admin"])
def test_nobody_but_an_administrator_decides(provider, role):
    with pytest.raises(NotAllowed):
        switch(provider, make_staff(role))
    assert not ProcessPolicy.objects.exists()


def test_an_administrator_of_another_company_decides_nothing_here(provider):
    other = make_provider(name="Other", slug="other", reference_prefix="OT")
    with pytest.raises(NotAllowed):
        switch(provider, make_staff("administrator", provider=other))
    with pytest.raises(NotAllowed):
        service.set_sealed_channel(
            provider, "Elsewhere", seen=service.fingerprint(""), by=make_staff("administrator", provider=other)
        )


def test_a_third_country_added_by_an_administrator_redirects_too(provider, administrator):
    brazil = Jurisdiction.objects.get(pk="BR")
    assert redirect_for(provider, "BR") is None
    service.add_entry_point(provider, brazil, SAID, by=administrator, at=AT)
    assert redirect_for(provider, "BR").national_channel == "The ministry's portal"
    assert data_of(event("provider.entry_point_added"))["says"]["law"] == "Act 5"
    with pytest.raises(TransitionRefused, match="already"):
        service.add_entry_point(provider, brazil, SAID, by=administrator, at=AT)


def test_a_change_of_an_entry_point_names_what_changed_and_refuses_the_older_save(provider, administrator):
    row = service.add_entry_point(provider, Jurisdiction.objects.get(pk="BR"), SAID, by=administrator, at=AT)
    service.change_entry_point(row, SAID | {"redirects": False}, version=0, by=administrator, at=AT)
    assert redirect_for(provider, "BR") is None
    assert data_of(event("provider.entry_point_changed"))["changes"] == {"redirects": [True, False]}
    with pytest.raises(Stale):
        service.change_entry_point(row, SAID | {"title": "Mine"}, version=0, by=administrator, at=AT)
    service.change_entry_point(row, SAID | {"redirects": False}, version=1, by=administrator, at=AT)
    assert AuditEvent.objects.filter(action="provider.entry_point_changed").count() == 1


def test_removing_an_entry_point_keeps_what_it_said_in_the_trail(provider, administrator):
    row = service.add_entry_point(provider, Jurisdiction.objects.get(pk="BR"), SAID, by=administrator, at=AT)
    service.remove_entry_point(row, reason="Closed.", by=administrator, at=AT)
    assert not EntryPoint.objects.filter(jurisdiction="BR").exists()
    assert data_of(event("provider.entry_point_removed"))["said"]["title"] == "Through the ministry"
    with pytest.raises(TransitionRefused, match="removed"):
        service.remove_entry_point(row, reason="Again.", by=administrator, at=AT)


def test_the_sealed_channel_is_compared_before_it_is_saved(provider, administrator):
    service.set_sealed_channel(provider, "Counsel, sealed", seen=service.fingerprint(""), by=administrator, at=AT)
    assert Provider.objects.get(pk=provider.pk).sealed_channel == "Counsel, sealed"
    with pytest.raises(Stale):
        service.set_sealed_channel(provider, "Another", seen=service.fingerprint(""), by=administrator, at=AT)
    assert data_of(event("provider.sealed_channel_changed"))["changes"] == {"sealed_channel": ["", "Counsel, sealed"]}
