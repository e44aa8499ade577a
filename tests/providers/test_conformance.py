"""The conformance run against the reference company: all is well, and each fault is seen."""

import io

import pytest
from django.core.management import CommandError, call_command

from foundation.providers.conformance import calling
from foundation.providers.conformance.calling import Caller
from foundation.providers.conformance.checks import Result, Run
from foundation.providers.conformance.running import CHECKS, HARMLESS, outcomes
from foundation.providers.connectors.demo import cases
from foundation.providers.connectors.http import wire

BY_NAME = {check.name: check for check in CHECKS}
A = cases.ACCOUNT_A


def run_of(company, *names, **more):
    checks = tuple(BY_NAME[name] for name in names) or CHECKS
    return {one.check.name: one for one in outcomes(Run(company.caller, **{"account": A, **more}), checks)}


def test_reference_company_does_all_that_is_described(company):
    found = run_of(company, freeze="BTC", letter=True)
    assert {name: one.why for name, one in found.items() if one.result is not Result.PASSED} == {}
    assert len(found) == len(CHECKS)


@pytest.mark.parametrize(
    ("account", "names"),
    [(cases.ACCOUNT_JOINT, ["list of files", "no other holder"]), (cases.ACCOUNT_OWN_PAGES, ["contact", "letter"])],
)
def test_accounts_that_are_not_like_others_are_answered_for_as_described(company, account, names):
    found = run_of(company, *names, account=account, letter=True)
    assert {name: one.why for name, one in found.items() if one.result is not Result.PASSED} == {}


def test_names_are_used_once_and_the_harmless_ones_ask_about_no_customer(company):
    assert len(BY_NAME) == len(CHECKS)
    assert {one.result for one in outcomes(Run(company.caller), HARMLESS)} == {Result.PASSED}


# The fault, the address it is at, and a check that sees it.
FAULTS = (
    ({"kind": "wrong_signature", "path": wire.ABOUT}, "about"),
    ({"kind": "unsigned", "path": wire.ABOUT}, "about"),
    ({"kind": "not_json", "path": wire.ABOUT}, "about"),
    ({"kind": "cut", "path": wire.CONTACT}, "contact"),
    ({"kind": "500", "path": wire.CONTACT}, "contact"),
    ({"kind": "duplicate", "path": wire.RESTRICTIONS}, "restrictions"),
    ({"kind": "duplicate", "path": wire.HOLDS}, "hold"),
    ({"kind": "partial", "path": wire.EXPORTS}, "rows"),
    ({"kind": "other_contents", "path": wire.CONTENT}, "rows"),
    ({"kind": "cut", "path": wire.CONTENT}, "rows"),
    *(({"kind": "plant", "path": wire.EXPORTS, "what": what}, check) for what, check in (
        ("second_before", "rows"), ("at_the_end", "rows"), ("other_account", "rows"), ("column", "rows"),
        ("counterparty", "no other side"), ("joint_holder", "no other holder"),
    )),
    ({"kind": "plant", "path": wire.EXPORTS, "what": "other_asset", "times": 2}, "only these assets"),
)  # fmt: skip


@pytest.mark.parametrize(
    ("fault", "name"), FAULTS, ids=lambda value: value if isinstance(value, str) else value["kind"]
)
def test_each_fault_is_seen_and_nothing_is_wrong_without_it(company, fault, name):
    run_of(company, name)
    company.break_with(**fault)
    assert run_of(company, name)[name].result is Result.FAILED
    company.repair()
    assert run_of(company, name)[name].why == ""


def test_a_busy_moment_is_waited_for_and_an_answer_after_the_portals_patience_is_none(company, monkeypatch):
    monkeypatch.setattr(calling.time, "sleep", lambda _seconds: None)
    for kind in ("503", "429"):
        company.break_with(kind, path=wire.CONTACT, seconds=9)
        assert run_of(company, "contact")["contact"].why == ""
    company.break_with("503", path=wire.CONTACT, seconds=900)
    assert run_of(company, "contact")["contact"].why == "The answer was 503 busy."
    monkeypatch.setattr(calling, "QUICK_SECONDS", 0.2)
    company.break_with("slow", path=wire.CONTACT, seconds=0.6)
    assert run_of(company, "contact")["contact"].why.startswith("/v1/contact did not answer in time")


def test_where_nobody_answers_the_rest_is_not_tried(company):
    nobody = Caller("http://127.0.0.1:9", company.key_id, company.secret)
    first, *rest = outcomes(Run(nobody))
    assert (first.result, {one.result for one in rest}) == (Result.FAILED, {Result.SKIPPED})


def test_wrong_secret_fails_and_what_would_touch_a_customer_is_skipped_without_an_account(company):
    stranger = Run(company.caller.with_other_secret())
    found = {one.check.name: one.result for one in outcomes(stranger)}
    assert found["about"] is Result.FAILED
    assert {found[name] for name in ("match", "contact", "hold", "export once", "rows")} != {Result.PASSED}
    careful = {one.check.name: one.result for one in outcomes(Run(company.caller))}
    touching = {check.name for check in CHECKS if not check.harmless} - {"too many identifiers"}
    assert {name for name, result in careful.items() if result is Result.SKIPPED} == touching


def test_command_lists_every_check_and_its_code_says_whether_one_failed(company, tmp_path):
    secret, said = tmp_path / "secret", io.StringIO()
    secret.write_text(company.secret + "\n")
    words = ("check_connector", company.url, "--key-id", company.key_id, "--secret-file", str(secret))
    call_command(*words, stdout=said)
    assert "passed   unsigned" in said.getvalue()
    assert f"{len(HARMLESS) + 1} passed, 0 failed" in said.getvalue()
    company.break_with("unsigned", path=wire.ABOUT)
    with pytest.raises(CommandError) as refusal:
        call_command(*words, stdout=said)
    assert refusal.value.returncode == 1
    assert "expected: Your systems say who they are" in said.getvalue()
    assert company.secret not in said.getvalue()
    with pytest.raises(CommandError, match="cannot be read"):
        call_command(*words[:-1], str(tmp_path / "none"), stdout=said)
