"""Every address: who it is for is declared, written down, and true."""

import logging
import re
from datetime import timedelta

import pytest
from django.urls import reverse

from accounts.access import Audience, declared, is_signed
from tests.url_inventory.heading import head_complaints
from tests.url_inventory.matrix import MATRIX, PEOPLE, VETTING
from tests.url_inventory.visiting import METHODS, USUAL, complaint, visit
from tests.url_inventory.visitors import VISITORS
from tests.url_inventory.walk import Route, routes
from tests.url_inventory.world import APPLICANT, COLLEAGUE, EXAMPLES, World, kwargs_of

# Its transactions are long, and a long one anywhere on the server holds back what may be sealed: one worker does both.
pytestmark = pytest.mark.xdist_group("server-wide")

STAFF_PAGE = re.compile(r"staff/")
# Nobody of these may read a word of the case, whatever the address and the method.
OUTSIDERS = frozenset(
    {"anonymous", "half", "newcomer", "applicant", "suspended", "lapsed", "colleague", "stranger", "administrator"}
)
# Visitors who share a world: making one takes seconds.
GROUPS = (
    ("anonymous", "half", "newcomer", "applicant", "lapsed"),
    ("owner", "lead", "colleague", "stranger", "suspended"),
    ("analyst", "approver", "auditor", "administrator"),
    ("counsel", "dpo", "custodian", "preservation_admin"),
)


def test_every_address_has_a_name_of_its_own():
    names = [route.name for route in routes()]
    assert all(names), [route.pattern for route in routes() if not route.name]
    assert len(names) == len(set(names)), sorted({name for name in names if names.count(name) > 1})


def test_every_view_declares_who_it_is_for():
    assert [route.name for route in routes() if declared(route.view) is None] == []


def test_every_view_for_staff_names_a_permission():
    for route in routes():
        rule = declared(route.view)
        if rule.audience is Audience.STAFF:
            assert rule.permission is not None, route.name
        assert (rule.audience is Audience.COMPANY) == is_signed(route.view), route.name
        assert (rule.audience is Audience.STAFF) == bool(STAFF_PAGE.match(route.pattern)), route.name


def test_the_matrix_has_exactly_the_addresses_there_are():
    names = {route.name for route in routes()}
    assert sorted(names - set(MATRIX)) == []
    assert sorted(set(MATRIX) - names) == []


def test_every_address_with_parameters_has_an_example():
    missing = [route.name for route in routes() if "<" in route.pattern and route.name not in EXAMPLES]
    assert missing == []
    assert sorted(set(EXAMPLES) - {route.name for route in routes()}) == []


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group[0])
def test_visits(group, db, settings, tmp_path, caplog):
    caplog.set_level(logging.CRITICAL, "django.request")  # thousands of refusals, each with its traceback
    settings.DEMO, settings.DEMO_MAIL_DIR = True, tmp_path / "mail"
    world = World(settings.DEMO_MAIL_DIR)
    wrong: list[str] = []
    tried: set[tuple[str, bool]] = set()
    for name in group:
        client = world.client(name, seen=world.now + timedelta(hours=1))
        for route in routes():
            # Whether somebody belongs there is asked before the method is looked at: the rarer ones are tried by one
            # of each sort in every group, the others by everybody.
            sort = (route.name, name in MATRIX.get(route.name, ()))
            wrong += _visits(route, VISITORS[name], world, client, methods=USUAL if sort in tried else METHODS)
            tried.add(sort)
    assert wrong == [], "\n".join(wrong)


def test_every_visitor_visits():
    assert sorted(name for group in GROUPS for name in group) == sorted(VISITORS)


def _visits(route: Route, visitor, world: World, client, *, methods: tuple[str, ...]) -> list[str]:
    path = reverse(route.name, kwargs=kwargs_of(route.name, world))
    welcome = visitor.name in MATRIX.get(route.name, ())
    staff_page = bool(STAFF_PAGE.match(route.pattern))
    found, looked = [], None
    for method in methods:
        what = f"{visitor.name}: {method} {route.name}"
        try:
            answer = visit(client, method, path)
        except Exception as error:  # noqa: BLE001 - each address is heard, whatever the one before did
            found.append(f"{what} raised {error!r}")
            continue
        if method == "GET":
            looked = answer
        elif method == "HEAD" and looked and answer[:2] != looked[:2]:
            found.append(f"{what} got {answer[:2]}, GET got {looked[:2]}")
        said = complaint(visitor, answer, welcome=welcome, method=method, staff_page=staff_page, name=route.name)
        found += [f"{what} {said}"] if said else []
        # SEC-18, SEC-19
        known, public = visitor.name != "anonymous", route.name.startswith("public:")
        found += [f"{what} {said}" for said in head_complaints(answer.headers, signed_in=known, public=public)]
        found += [f"{what} shows {secret!r}" for secret in _hidden_from(visitor, world) if secret in answer.body]
    return found


def _hidden_from(visitor, world: World) -> list[str]:
    """Return the words this visitor may read nowhere."""
    hidden = list(world.secrets) if visitor.name in OUTSIDERS else []
    hidden += [COLLEAGUE] if visitor.name not in PEOPLE else []
    return hidden + ([APPLICANT] if visitor.name not in {"applicant", *VETTING} else [])
