"""The queue at work: many requests at once, views that are kept, a list that leaves, searches, and other pages."""

import re
from pathlib import Path

from playwright.sync_api import expect

from tests.journeys.careful import Careful
from tests.journeys.deskwork import RESTRICTED, Filed, opens, row

NORWAY_UNTAKEN = "/staff/queue/?country=NO&assignee=nobody"
EXPORTED = "Weekly count for the board."


def gives_two_to_a_colleague(second: Careful, filed: Filed) -> None:
    """Tick, choose, read old and new value of each, and do exactly that; the same again changes nothing."""
    second.go(NORWAY_UNTAKEN)
    second.looks("queue")
    for reference in (filed.refused, filed.referred):
        second.page.get_by_label(f"Select {reference}").check()
    second.saves("Change several")
    second.looks("bulk")
    second.tick("Hand them to a colleague")
    second.page.locator("select[name='to']").select_option(label="Priya Nair")
    second.saves("Show what would change")
    for reference in (filed.refused, filed.referred):
        expect(row(second, reference)).to_contain_text("Nobody")
        expect(row(second, reference)).to_contain_text("Priya Nair")
    second.looks("bulk-preview")
    second.saves("Change 2 requests")
    second.sees("2 requests changed")
    second.looks("bulk-done")
    second.go(NORWAY_UNTAKEN)
    expect(row(second, filed.refused)).to_have_count(0)


def keeps_a_view(second: Careful) -> None:
    """The filters under a name, above the queue from then on."""
    second.go(NORWAY_UNTAKEN)
    second.follow("Save this view")
    second.looks("view-new")
    second.saves("Save this view")
    second.sees("Enter a name for this view")
    second.fill(name="Norway, nobody yet")
    second.saves("Save this view")
    second.go("/staff/queue/")
    views = second.page.get_by_role("navigation", name="Saved views")
    views.get_by_role("link", name=re.compile("^Norway, nobody yet")).click()
    expect(second.page).to_have_url(re.compile("assignee=nobody"))
    second.go("/staff/queue/views/")
    second.looks("views")
    second.follow(re.compile("^Rename or delete"))
    second.looks("view")


def takes_a_list_away(person: Careful, folder: Path) -> str:
    """Only with a reason; the file holds what the filters showed. Return what is in it."""
    person.go("/staff/queue/?country=NO")
    person.follow("Download as a file")
    person.show_factor_if_asked()
    person.saves("Download the file")
    person.sees("Write why you need the file")
    person.looks("export")
    person.fill(reason=EXPORTED)
    with person.page.expect_download() as started:
        person.press("Download the file")
    kept = folder / "list.csv"
    started.value.save_as(kept)
    return kept.read_text()


def searches(person: Careful, words: str) -> None:
    """Type into the box above the queue."""
    person.go("/staff/queue/")
    person.fill(lines=words)
    person.saves("Find")


def finds(person: Careful, filed: Filed) -> None:
    """A number written another way, a reference in small letters, and words that stand nowhere."""
    searches(person, "0044 7700 900461")
    person.sees("Operation Kaia")
    assert "900461" not in person.page.url
    person.looks("search-results")
    searches(person, filed.in_part.lower().replace("-", " "))
    expect(person.page).to_have_url(re.compile(f"/staff/requests/{filed.in_part}/"))
    searches(person, "xylophonist")
    person.sees("Nothing was found.")
    person.looks("search-nothing")
    person.go("/staff/search/")
    person.looks("search")


def looks_around(analyst: Careful, approver: Careful, counsel: Careful) -> None:
    """The other pages of the desk, as they stand in the demo."""
    pages = {
        analyst: ("routing", "routing/try", "absences", "absences/new", "templates"),
        approver: ("alarms", "approvals", "templates/new"),
        counsel: ("counsel",),
    }
    for person, found in pages.items():
        for page in found:
            person.go(f"/staff/{page}/")
            person.looks(page.replace("/", "-"))
    analyst.go("/staff/templates/")
    analyst.page.locator("main table a").first.click()
    analyst.looks("template")
    approver.go("/staff/alarms/")
    approver.page.locator("main table a").first.click()
    approver.looks("alarm")
    counsel.go("/staff/counsel/")
    counsel.page.locator("main table a").first.click()
    counsel.looks("counsel-request")


def compares(analyst: Careful, reference: str) -> None:
    """Two requests side by side that name the same account."""
    opens(analyst, reference)
    compare = re.compile("^Compare, and say")
    analyst.page.get_by_role("button", name=compare).or_(analyst.page.get_by_role("link", name=compare)).first.click()
    analyst.looks("compare")
    analyst.tick("Different matters")
    analyst.fill(note="Orders of two courts, victims of their own.")
    analyst.saves("Save what they are to each other")
    opens(analyst, reference)
    analyst.sees("Orders of two courts")


def finds_nothing_of_it(other: Careful, reference: str, alike: str) -> None:
    """A restricted request for somebody who is not named: no row, no hit, no hint beside another, no page, no bulk."""
    opens(other, alike)
    other.sees("The same identifier")
    other.sees_not(reference)
    other.go("/staff/queue/?country=NO")
    other.sees_not(RESTRICTED)
    searches(other, reference)
    other.sees("Nothing was found.")
    for words in ("Stille", "NV 26/20466"):
        searches(other, words)
        other.sees("Nothing was found.")
        other.sees_not(reference)
    for page in ("", "messages/", "history/", "letter/", "records/", "readers/", "conflict/"):
        other.go(f"/staff/requests/{reference}/{page}", missing=True)
    other.go("/staff/queue/")
    box = other.page.locator("input[name='ref']").first
    box.evaluate("(box, reference) => { box.value = reference; box.checked = true }", reference)
    other.saves("Change several")
    other.sees("None of these requests is there any more.")


def counts_open(person: Careful) -> int:
    """How many requests of Norway the queue says are open."""
    person.go("/staff/queue/?country=NO")
    found = re.search(r"(\d+) requests?, soonest first", person.text())
    assert found, person.text()
    return int(found[1])
