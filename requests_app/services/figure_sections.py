"""What the page of figures shows of one slice: tables with their plots, in words of the desk."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from typing import Any

from foundation.core.plots import Row, Section, bars, by_month
from requests_app.enums import OPEN_STATUSES, Channel, RefusalCode
from requests_app.figure_choices import ALL
from requests_app.services.figure_queries import AGES, COUNTRY, RISKS
from requests_app.services.figures import Counted, Values
from requests_app.status_words import staff_words

NOTHING = "No figure"
DECISIONS = {
    "in_full": "Answered in full",
    "in_part": "Answered in part",
    "no_records": "No such account or no records",
    "refused": "Declined",
    "redirected": "Referred elsewhere",
    "other": "Answered in another way",
}
# What ended without a decision.
GONE = {"withdrawn": "withdrawn", "lapsed": "expired", "closed": "closed"}
TIMES = {
    "taken": "From receipt until somebody took it",
    "decided": "From receipt to the decision",
    "released": "From receipt to the last records",
    "waited": "Waiting for the officer, where we asked",
}
FAILED = {
    "not_confirmed": "Calls to an agency that did not confirm",
    "no_answer": "Calls that nobody could answer",
    "declined": "Applications for access declined",
}
TAKEDOWNS = {
    "received": "Received", "complied": "Complied with", "declined": "Declined", "open": "Open now", "late": "Late",
}  # fmt: skip
_FAILED_HEADS = ("Not confirmed", "Nobody answered", "Declined")
# Rows of a table of countries.
_COUNTRIES = 12
_DAY = 86400


@dataclass(frozen=True)
class Shown:
    """The page: the numbers on top, what stands now, and what happened in the months that are looked at."""

    numbers: list[tuple[str, str]]
    now: list[Section]
    load: Section
    period: list[Section] = field(default_factory=list)


def shown(
    counted: Counted, dimension: str, key: str, month: date | None, *, months: Sequence[date],
    countries: Mapping[str, str],
) -> Shown:  # fmt: skip
    """Put together what is shown of a slice; `month` narrows what happened, never what stands now.

    `countries` are the names of countries by their code.
    """
    now, then = counted.of(dimension, key), counted.of(dimension, key, month)
    period = [_decisions(then), _refusals(then), _times(then), _emergencies(then)]
    rows = [(one, counted.of(dimension, key, one)) for one in months]
    if dimension in {ALL, COUNTRY}:
        period += [_failed(then), *_failed_in_months(rows)]
    if dimension == ALL:
        period += _failed_in_countries([(name, counted.of(COUNTRY, code, month)) for code, name in countries.items()])
    if dimension != "channel":
        period.append(_channels(then))
    if dimension == ALL:
        period.append(_takedowns(then))
    return Shown(_numbers(now, then), [_status(now), _ages(now), _clocks(now)], _load(rows, month), period)


def time_words(seconds: float | None) -> str:
    """Say a length of time in the unit somebody would choose: "38 min", "5.3 h", "4.1 days"."""
    if seconds is None:
        return NOTHING
    if seconds < 90 * 60:
        return f"{round(seconds / 60)} min"
    return f"{seconds / 3600:.1f} h" if seconds < 2 * _DAY else f"{seconds / _DAY:.1f} days"


def share_words(part: int, whole: int) -> str:
    """Say a part of a whole in per cent, or that there is no whole."""
    return f"{round(100 * part / whole)}%" if whole else NOTHING


def disclosed(values: Values) -> int:
    """Count the decisions that gave something."""
    return int(values.get("decisions.in_full", 0) + values.get("decisions.in_part", 0))


def _numbers(now: Values, then: Values) -> list[tuple[str, str]]:
    due = then.get("emergencies.decided_due", 0)
    return [
        ("open now", f"{now.get('open', 0):,}"),
        ("overdue now", f"{now.get('clocks.overdue', 0):,}"),
        ("received", f"{then.get('received', 0):,}"),
        ("decided", f"{then.get('answered', 0):,}"),
        ("median time to the decision", time_words(then.get("times.decided"))),
        ("emergencies decided in 30 minutes", share_words(then.get("emergencies.decided_in_time", 0), due)),
    ]


def _counts(values: Values, group: str, words: Mapping[Any, str], *, all_of_them: bool = True) -> list[tuple[str, int]]:
    found = [(said, int(values.get(f"{group}.{name}", 0))) for name, said in words.items()]
    return found if all_of_them else sorted((one for one in found if one[1]), key=lambda one: -one[1])


def _shared(
    key: str, title: str, what: str, found: Sequence[tuple[str, int]], *, empty: str, note: str = "",
    marked: frozenset[str] = frozenset(), whole: int | None = None,
) -> Section:  # fmt: skip
    """A table of counts with the share of each, and bars of the same."""
    total = sum(number for _label, number in found) if whole is None else whole
    if not any(number for _label, number in found):
        return Section(key, title, (), [], empty=empty)
    rows = [Row(label, (f"{number:,}", share_words(number, total))) for label, number in found]
    plot = bars(key, title, [(label, number, f"{number:,}") for label, number in found], marked=marked)
    return Section(key, title, (what, "Requests", "Share"), rows, plot, note=note)


def _status(now: Values) -> Section:
    found = _counts(now, "status", {status: staff_words(status) for status in OPEN_STATUSES})
    return _shared("status", "Open by status", "Status", found, empty="No request is open.")


def _ages(now: Values) -> Section:
    found = _counts(now, "ages", age_words())
    middle, oldest = (time_words(now.get(f"times.{name}")) for name in ("age", "oldest"))
    note = f"Since they came in. Half are older than {middle}, the oldest is {oldest} old."
    return _shared("ages", "Age of open requests", "Age", found, empty="No request is open.", note=note)


def age_words() -> dict[str, str]:
    """Return what each class of age is called, by the name it is counted under."""
    ends = ["Less than a day", *(f"{a} to {b} days" for a, b in pairwise(AGES))]
    return dict(zip(map(str, (0, *AGES)), [*ends, f"{AGES[-1]} days or more"], strict=True))


def risk_words() -> dict[str, str]:
    """Return what each class of clocks is called, by the name it is counted under."""
    soon = [f"Due in {RISKS[0]} day", *(f"Due in {a} to {b} days" for a, b in pairwise(RISKS))]
    return {"overdue": "Overdue"} | dict(zip(map(str, RISKS), soon, strict=True)) | {"stopped": "Clock stopped"}


def _clocks(now: Values) -> Section:
    found = _counts(now, "clocks", risk_words())
    return _shared(
        "clocks", "Clocks at risk", "Clock", found, empty="No clock ends within seven days, and none is over.",
        note="Overdue is what the queue calls overdue: the answer is late, or nobody looked at it in time.",
        marked=frozenset({"Overdue"}), whole=int(now.get("open", 0)),
    )  # fmt: skip


def _load(rows: Sequence[tuple[date, Values]], chosen: date | None) -> Section:
    counts = [(month, int(values.get("received", 0)), int(values.get("answered", 0))) for month, values in rows]
    title = "Received and decided in each month"
    plot = by_month("load", title, ("Received", "Decided"), counts, chosen)
    lines = [Row(f"{month:%b %Y}", (f"{first:,}", f"{second:,}")) for month, first, second in reversed(counts)]
    heads = ("Month (UTC)", "Received", "Decided")
    return Section("load", title, heads, lines if plot else [], months=plot, empty="No request came in yet.")


def _decisions(then: Values) -> Section:
    found = [one for one in _counts(then, "decisions", DECISIONS) if one[1] or one[0] != DECISIONS["other"]]
    said = [f"{number:,} {words}" for words, number in _counts(then, "gone", GONE) if number]
    note = f"Of what came in then, without a decision: {', '.join(said)}." if said else ""
    empty = f"Nothing was decided. {note}".strip()
    return _shared("decisions", "Decisions", "Decision", found, empty=empty, note=note)


def _refusals(then: Values) -> Section:
    found = _counts(then, "refusals", dict(RefusalCode.choices), all_of_them=False)
    unsaid = then.get("decisions.refused", 0)
    return _shared(
        "refusals", "Why declined", "Reason", found,
        empty="No reason is on file: earlier lists bring none." if unsaid else "Nothing was refused.",
        note="Whole requests and single lines. A request counts once for each of its reasons.",
    )  # fmt: skip


def _times(then: Values) -> Section:
    found = [(words, then.get(f"times.{name}")) for name, words in TIMES.items()]
    title, key = "Median time by stage", "times"
    decided, brought = int(then.get("answered", 0)), int(then.get("brought_over", 0))
    if not any(seconds is not None for _words, seconds in found):
        return Section(key, title, (), [], empty=_untimed(decided, brought))
    rows = [Row(words, (time_words(seconds),)) for words, seconds in found]
    plot = bars(key, title, [(words, seconds or 0, time_words(seconds)) for words, seconds in found])
    waited = int(then.get("waited", 0))
    ours = f"We waited for the officer of {waited:,} request{'' if waited == 1 else 's'}; that time stands apart."
    note = "Of what was decided then, nights and weekends included. " + (ours if waited else "")
    note += f" Left out: {brought:,} brought over from earlier lists." if brought else ""
    return Section(key, title, ("Stage", "Median"), rows, plot, note=" ".join(note.split()))


def _untimed(decided: int, brought: int) -> str:
    """Say why there is no time: nothing was decided, or nothing whose time says something of the desk."""
    if not decided:
        return "Nothing was decided."
    if brought == decided:
        return "What was decided was brought over from earlier lists, which are left out of the times."
    return "What was decided is left out of the times: decisions after an appeal, or brought over from earlier lists."


def _emergencies(then: Values) -> Section:
    title, key, filed = "Emergencies", "emergencies", int(then.get("emergencies.filed", 0))
    if not filed:
        return Section(key, title, (), [], empty="No emergency was filed.")
    found = {name: int(then.get(f"emergencies.{name}", 0)) for name in (
        "taken_in_time", "taken_due", "decided_in_time", "decided_due", "ordinary")}  # fmt: skip
    of = "{:,} of {:,}"
    rows = [
        Row("Filed", (f"{filed:,}", "")),
        Row("Taken in 5 minutes", (of.format(found["taken_in_time"], found["taken_due"]),
                                   share_words(found["taken_in_time"], found["taken_due"]))),
        Row("Decided in 30 minutes", (of.format(found["decided_in_time"], found["decided_due"]),
                                      share_words(found["decided_in_time"], found["decided_due"]))),
        Row("Went on as ordinary", (f"{found['ordinary']:,}", share_words(found["ordinary"], filed))),
        Row("Median until taken", (time_words(then.get("times.emergency_taken")), "")),
        Row("Median until decided", (time_words(then.get("times.emergency_decided")), "")),
    ]  # fmt: skip
    drawn = [("Filed", filed), ("Taken in 5 minutes", found["taken_in_time"])]
    drawn += [("Decided in 30 minutes", found["decided_in_time"]), ("Went on as ordinary", found["ordinary"])]
    plot = bars(key, title, [(label, number, f"{number:,}") for label, number in drawn])
    return Section(key, title, ("What", "Number", "Share"), rows, plot,
                   note="Counted in the month they were filed, whatever became of them.")  # fmt: skip


def _failed(then: Values) -> Section:
    found, calls = _counts(then, "failed", FAILED), int(then.get("failed.calls", 0))
    title, key = "Failed verifications", "failed"
    if not any(number for _label, number in found):
        return Section(key, title, (), [], empty="Nobody failed to be confirmed.")
    rows = [Row(label, (f"{number:,}",)) for label, number in found]
    plot = bars(key, title, [(label, number, f"{number:,}") for label, number in found])
    note = f"Of {calls:,} call{'' if calls == 1 else 's'} to agencies, and of all applications." if calls else ""
    return Section(key, title, ("What failed", "Number"), rows, plot, note=note)


def _failures(values: Values) -> list[int]:
    return [int(values.get(f"failed.{name}", 0)) for name in FAILED]


def _failed_in_months(rows: Sequence[tuple[date, Values]]) -> list[Section]:
    """Return how many failed in each month in which somebody did."""
    found = [(month, counts) for month, values in reversed(rows) if sum(counts := _failures(values))]
    if not found:
        return []
    lines = [Row(f"{month:%b %Y}", tuple(f"{count:,}" for count in counts)) for month, counts in found]
    return [Section("failed-months", "Failed verifications in each month", ("Month (UTC)", *_FAILED_HEADS), lines)]


def _failed_in_countries(rows: Sequence[tuple[str, Values]]) -> list[Section]:
    """Return in which countries' agencies they failed, the most first; nothing where nobody did."""
    found = sorted(((name, _failures(values)) for name, values in rows), key=lambda one: -sum(one[1]))[:_COUNTRIES]
    found = [(name, counts) for name, counts in found if sum(counts)]
    if not found:
        return []
    key, title = "failed-countries", "Failed verifications by the agency's country"
    lines = [Row(name, tuple(f"{count:,}" for count in counts)) for name, counts in found]
    plot = bars(key, title, [(name, sum(counts), f"{sum(counts):,}") for name, counts in found])
    return [Section(key, title, ("Country", *_FAILED_HEADS), lines, plot)]


def _channels(then: Values) -> Section:
    found = _counts(then, "channels", dict(Channel.choices), all_of_them=False)
    return _shared("channels", "How they reached us", "Channel", found, empty="No request came in.")


def _takedowns(then: Values) -> Section:
    found = _counts(then, "takedowns", TAKEDOWNS)
    rows = [Row(label, (f"{number:,}",)) for label, number in found] if any(number for _l, number in found) else []
    return Section("takedowns", "Takedown notices", ("Notices", "Number"), rows, empty="No takedown notice came in.",
                   note="A kind of their own: they are in none of the other figures.")  # fmt: skip
