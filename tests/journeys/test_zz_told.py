"""What the journeys and the demo changed, against the trail; named so that it comes after them."""

import pytest

from tests.journeys.stack import untold_of_the_demo

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("journeys")]


def test_loading_the_demo_leaves_no_change_without_an_entry():
    assert untold_of_the_demo()["gaps"] == []


def test_no_journey_left_a_change_without_an_entry(portals):
    portals.end()
    assert portals.untold == [], "\n".join(portals.untold)
