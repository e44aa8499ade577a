"""Every address: who it is for is declared, written down, and true."""

import re

import pytest
from django.urls import reverse

from accounts.access import Audience, declared
from tests.url_inventory.matrix import MATRIX
from tests.url_inventory.visiting import METHODS, complaint, visit
from tests.url_inventory.visitors import VISITORS
from tests.url_inventory.walk import Route, routes
from tests.url_inventory.world import EXAMPLES, World, kwargs_of

STAFF_PAGE = re.compile(r"staff/")
# Nobody of these may read a word of the case, whatever the address and the method.
OUTSIDERS = ("anonymous", "half", "newcomer", "applicant", "suspended", "colleague", "stranger", "preservation_admin",
             "administrator")  # fmt: skip


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
        assert (rule.audience is Audience.STAFF) == bool(STAFF_PAGE.match(route.pattern)), route.name


def test_the_matrix_has_exactly_the_addresses_there_are():
    names = {route.name for route in routes()}
    assert sorted(names - set(MATRIX)) == []
    assert sorted(set(MATRIX) - names) == []


def test_every_address_with_parameters_has_an_example():
    missing = [route.name for route in routes() if "<" in route.pattern and route.name not in EXAMPLES]
    assert missing == []
    assert sorted(set(EXAMPLES) - {route.name for route in routes()}) == []


@pytest.mark.parametrize("visitor", VISITORS.values(), ids=VISITORS)
def test_visits(visitor, db, settings, tmp_path):
    settings.DEMO, settings.DEMO_MAIL_DIR = True, tmp_path
    world = World()
    client = world.client(visitor.name)
    wrong = [problem for route in routes() for problem in _visits(route, visitor, world, client)]
    assert wrong == []


def _visits(route: Route, visitor, world: World, client) -> list[str]:
    path = reverse(route.name, kwargs=kwargs_of(route.name, world))
    welcome = visitor.name in MATRIX.get(route.name, ())
    found = []
    for method in METHODS:
        try:
            status, location, body = visit(client, method, path)
        except Exception as error:
            found.append(f"{visitor.name}: {method} {route.name} raised {error!r}")
            continue
        staff_page = bool(STAFF_PAGE.match(route.pattern))
        said = complaint(
            visitor, welcome=welcome, method=method, status=status, location=location, staff_page=staff_page
        )
        if said:
            found.append(f"{visitor.name}: {method} {route.name} {said}")
        if visitor.name in OUTSIDERS:
            found += [f"{visitor.name}: {method} {route.name} shows {s!r}" for s in world.secrets if s in body]
    return found
