"""docs/states.md is what the tables say."""

from django.conf import settings

from lers.diagrams import MACHINES, render


def test_states_document_is_current() -> None:
    written = (settings.BASE_DIR / "docs" / "states.md").read_text()
    assert written == render(), "Run `manage.py state_diagrams`."


def test_every_state_can_be_reached_and_nothing_leads_back_to_the_beginning_by_accident() -> None:
    for machine in MACHINES:
        reached = {str(machine.initial)} | {row.target for row in machine.rows}
        assert {str(s) for s in machine.states} == reached, machine.name
