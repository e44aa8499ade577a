"""What is collected for a package: the guard finds a row too many, a person takes it out, and the rest leaves."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Locator, expect

from tests.journeys.careful import Careful
from tests.journeys.deskwork import opens
from tests.journeys.holding import part
from tests.journeys.stack import Stack

WHY = "The row is a second older than the order reaches: our archive cuts by local time."


@dataclass(frozen=True)
class Planted:
    """The row that lies outside, as the page names it."""

    row: str
    moment: str


def guard(person: Careful) -> Locator:
    """The panel that says whether a package holds more than was granted."""
    return part(person, "Does it hold more than was granted?")


def finds_a_row_outside(analyst: Careful, stack: Stack, reference: str) -> Planted:
    """The company's systems give a row of the second before the period: nothing is sealed, and the row is named."""
    stack.company_breaks("plant", what="second_before")
    opens(analyst, reference, "records/")
    analyst.saves("Prepare the records")
    analyst.look_until(part(analyst, "Blocked: nothing was sealed"))
    expect(analyst.page.get_by_text("Holds more than was granted")).to_have_count(1)
    seen = guard(analyst).get_by_role("listitem").filter(has_text="Rows outside of the granted period")
    expect(seen).to_contain_text("1 found")
    named = re.search(r"row (\d+) is of ([\d-]{10}[ T]23:59:59)", seen.inner_text())
    assert named, seen.inner_text()
    analyst.looks("staff-package-blocked")
    return Planted(*named.groups())


def is_not_released(approver: Careful, reference: str) -> None:
    """Whoever releases reads why it stands, and has no button."""
    opens(approver, reference, "records/1/")
    expect(guard(approver)).to_contain_text("1 found")
    expect(approver.page.get_by_role("button", name="Release to the officer")).to_have_count(0)


def takes_it_out(analyst: Careful, planted: Planted) -> None:
    """The row, not the file, and never without a reason."""
    analyst.follow(re.compile("^Look at it, and take out what lies outside"))
    expect(part(analyst, "1 row or file outside of what was granted")).to_contain_text(planted.moment)
    analyst.saves("Take it out")
    analyst.sees("There is a problem")
    analyst.looks("staff-file-refused")
    analyst.tick("The row that lies outside")
    analyst.fill(reason=WHY)
    analyst.saves("Take it out")
    analyst.sees("1 row is taken out.")


def is_sealed_without_it(analyst: Careful, reference: str) -> None:
    """The worker seals what is left; who prepared it cannot release it."""
    analyst.saves("Go on with what is there")
    analyst.look_until(part(analyst, "Package 1: sealed"))
    expect(guard(analyst)).to_contain_text(WHY)
    opens(analyst, reference, "records/1/")
    expect(analyst.page.get_by_role("button", name="Release to the officer")).to_have_count(0)


def is_released(approver: Careful, reference: str) -> None:
    """A second person reads what was taken out, by whom and why, and releases the rest."""
    opens(approver, reference, "records/1/")
    taken_out = guard(approver).get_by_role("listitem").filter(has_text="Taken out before the seal")
    expect(taken_out).to_contain_text(WHY)
    approver.looks("staff-package-taken-out")
    approver.looks_at_the_letter()
    approver.press_and_confirm("Release to the officer")
    approver.sees("is released")


def holds_only_what_was_granted(opened: Path, planted: Planted) -> None:
    """The table has every row but that one; the manifest says that one was taken out, and not why."""
    table = next(opened.glob("*.csv"))
    said, twin = table.read_text(), table.with_suffix(".json").read_text()
    assert len(said.splitlines()) - 1 == len(json.loads(twin)["rows"]) == int(planted.row) - 1
    assert planted.moment.replace(" ", "T") not in said + twin
    manifest = (opened / "manifest.txt").read_text()
    assert "Taken out before the seal: 1 row" in manifest
    assert WHY not in manifest + (opened / "manifest.json").read_text()
