"""Measures what people wait for while no neighbour answers: mail, scanner, broker, name servers, time stamps, company.

    make bench ARGS=dead_neighbours           ROUNDS=5 for another number

The portal runs as `make run` starts it, with every neighbour's address set to a port of this machine that is a hole.
A silent hole takes connections and never says a word; a deaf one does not even take them, because its line is full.
Afterwards the broker and the mail server come up where the holes were, and it is counted what arrived.
"""

import os
import re
import socket
import statistics
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import date, timedelta
from http import HTTPStatus
from pathlib import Path
from uuid import uuid4

from django.utils import timezone

from accounts.permissions import Role
from foundation.core.identifiers import read_identifier
from foundation.core.jobs import JobState
from foundation.notifications.models import OutboundMessage
from lers.demo import filing
from lers.demo.filing import Filing
from lers.demo.people import HARLOW
from lers.drill import people
from lers.drill.impostors import persons, play
from lers.drill.impostors.acts import sign_in
from lers.drill.impostors.browser import Answer
from lers.drill.impostors.persons import Person
from lers.drill.impostors.world import EMAIL, PATIENCE, World, collect
from lers.drill.place import Place
from lers.drill.run import migrate
from lers.drill.sink import Sink
from lers.runner import services
from lers.runner.static_files import collect_if_changed
from preservation.models import PreservationHold
from preservation.services import drafts as hold_drafts
from preservation.services.drafts import Step as HoldStep
from requests_app.enums import DataCategory
from requests_app.models import DataRequest
from requests_app.services import prepared
from requests_app.services.preflight.reading import CHECK_TAKES

GOAL_SECONDS = 2.0
_RESULT = Path(__file__).parent / "results" / "dead_neighbours.md"
_NEIGHBOURS = ("broker", "mail", "scanner", "names", "stamps", "company")


class Hole:
    """A port where nobody answers: silent takes connections, deaf does not."""

    def __init__(self, port: int = 0) -> None:
        self._listener = socket.socket()
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._listener.bind(("127.0.0.1", port))
        self._listener.listen(0)
        self.port: int = self._listener.getsockname()[1]
        self._taken: list[socket.socket] = []
        self._silent = threading.Event()
        self._over = threading.Event()
        threading.Thread(target=self._take, daemon=True).start()

    def be(self, mood: str) -> None:
        """Be silent or deaf from now on."""
        if mood == "silent":
            self._silent.set()
            return
        self._silent.clear()
        for _number in range(4):  # until the line is full
            caller = socket.socket()
            caller.setblocking(False)
            with suppress(BlockingIOError):
                caller.connect(("127.0.0.1", self.port))
            self._taken.append(caller)

    def close(self) -> None:
        """Let go of the port and of everybody who waits."""
        self._over.set()
        for one in (self._listener, *self._taken):
            one.close()

    def _take(self) -> None:
        self._listener.settimeout(0.1)
        while not self._over.is_set():
            if not self._silent.wait(0.1):
                continue
            with suppress(TimeoutError, OSError):
                self._taken.append(self._listener.accept()[0])


def main(place: Place) -> int:
    """Measure, print and write the table; 0 where every receipt came within the goal."""
    if place.own_database:
        migrate()
    bench = Bench(place)
    try:
        tables = {mood: bench.measure(mood) for mood in ("silent", "deaf")}
        came = bench.neighbours_come_back()
    finally:
        bench.end()
    worst = max(max(table["sends the request: receipt"]) for table in tables.values())
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    rows = [
        f"| {step} | {_words(tables['silent'][step])} | {_words(tables['deaf'][step])} |" for step in tables["silent"]
    ]
    text = (
        f"# While no neighbour answers\n\n`make bench ARGS=dead_neighbours` on {timezone.now():%Y-%m-%d %H:%M} UTC, "
        f"{os.cpu_count()} CPUs, load average {load}. Seconds through the web server, median and most of "
        f"{bench.rounds}. Goal: the receipt within {GOAL_SECONDS:.0f} s.\n\n"
        "| Step | takes connections, never answers | takes no connection |\n|---|---:|---:|\n"
        + "\n".join(rows) + f"\n\n{came}\n"
    )  # fmt: skip
    print(text)
    _RESULT.write_text(text)
    return 0 if worst < GOAL_SECONDS else 1


class Bench:
    """The portal with holes around it, and people who use it."""

    def __init__(self, place: Place) -> None:
        self.rounds = int(os.environ.get("ROUNDS", "5"))
        self.holes = {name: Hole() for name in _NEIGHBOURS if name != "mail"}
        self.holes["mail"] = Hole(place.mail_port)
        os.environ |= self._addresses()
        self.world = World(place)
        self.provider, _officer = people.ensure()
        self.world.provider = self.provider
        prepared.load(self.provider, by=None, at=timezone.now())
        collect_if_changed(place.var, collect, lambda _line: None)
        self.world.processes.start(*services.portal_services()[:1])
        self.world.until(self._answers, "the web server answers")
        self._sink: Sink | None = None

    def end(self) -> None:
        """Stop everything."""
        self.world.stop()
        if self._sink is not None:
            self._sink.stop()
        for hole in self.holes.values():
            hole.close()

    def measure(self, mood: str) -> dict[str, list[float]]:
        """Let people do everything so many times; return the seconds of each step."""
        for hole in self.holes.values():
            hole.be(mood)
        taken: dict[str, list[float]] = {}
        for number in range(self.rounds):
            self._officer(number, taken)
            self._stranger(taken)
            self._staff(taken)
        return taken

    def neighbours_come_back(self) -> str:
        """Put a broker, a mail server and the workers where the holes were, and say what arrived, and how often."""
        for hole in self.holes.values():
            hole.close()
        waiting = OutboundMessage.objects.filter(state=JobState.PENDING).count()
        got: list[str] = []
        self._sink = Sink(self.world.place.mail_port, got.append)
        self._sink.start()
        self.world.processes.stop("web")
        os.environ |= {"CLAMD_ADDRESS": "", "REDIS_URL": self._broker}
        self.world.processes.start(services.broker_service(self.world.place.broker_command))
        self.world.processes.start(*services.portal_services())
        left = OutboundMessage.objects.filter(state=JobState.PENDING, for_digest=False)
        self.world.until(lambda: not left.exists(), "everything is delivered")
        twice = len(got) - len(set(got))
        return f"Afterwards: {waiting} mails had waited, {len(got)} arrived within {PATIENCE} s, {twice} of them twice."

    def _addresses(self) -> dict[str, str]:
        at = {name: f"127.0.0.1:{hole.port}" for name, hole in self.holes.items()}
        self._broker = os.environ["REDIS_URL"]
        return {
            "REDIS_URL": f"redis://{at['broker']}/0",
            "CLAMD_ADDRESS": at["scanner"],
            "VETTING_DNS": at["names"],
            "TIMESTAMP_URL": f"http://{at['stamps']}/",
            "CONNECTOR_URL": f"http://{at['company']}",
        }

    def _answers(self) -> bool:
        with suppress(OSError):
            return self.world.browser().get("/healthz").status == 200
        return False

    def _officer(self, number: int, taken: dict[str, list[float]]) -> None:
        """Sign in, put a file to a draft, send it, read the receipt, and ask to keep records."""
        officer = persons.officer(play.agency_of(HARLOW), f"Ines Falk {number}")
        browser = self.world.browser()
        _timed(taken, "officer signs in, both factors", lambda: sign_in(browser, officer))
        draft = self._draft(officer)
        here = f"/drafts/{draft.uid}/"
        sent = {"uploads": ("annex.csv", b"docket;page\n1;2\n", "text/csv")}
        _timed(
            taken, "adds a file",
            lambda: browser.press(f"{here}documents/", "role", files=sent, role="supporting"),
        )  # fmt: skip
        time.sleep(CHECK_TAKES.total_seconds() + 1)  # the officer reads the rest; then nothing waits for the check
        receipt = _timed(
            taken, "sends the request: receipt", lambda: browser.press(f"{here}check/", "declared", declared="on")
        )
        draft.refresh_from_db()
        if not draft.reference or draft.reference not in receipt.text:
            raise RuntimeError(f"No receipt, but {receipt.path}: {receipt.status} {_said(receipt)}")
        _timed(taken, "reads the request", lambda: browser.get(f"/requests/{draft.reference}/"))
        hold = self._hold(officer)
        there, version = f"/holds/draft/{hold.uid}/check/", str(hold.lock_version)
        done = _timed(taken, "has records kept", lambda: browser.press(there, "action", to=there, lock_version=version))
        hold.refresh_from_db()
        if not hold.reference:
            raise RuntimeError(f"Nothing is kept, but {done.path}: {done.status} {_said(done)}")

    def _draft(self, officer: Person) -> DataRequest:
        what = Filing(
            title="Operation Stillwater", case_number=f"SW {uuid4().hex[:8]}", docket=uuid4().hex[:8],
            offence="Fraud, Penal Code section 371", facts="Money of a forged invoice went through the account.",
            connection="The invoice named it.", identifiers=(("email", EMAIL, ""),),
            categories=(DataCategory.REGISTRATION,), court="Nordvik District Court", judge="A. Fossheim",
            process_type="INT-COURT-ORDER", section_of_law="Criminal Procedure Act, section 210",
        )  # fmt: skip
        at = timezone.now()
        draft = filing.start(uuid4().hex, what, self.provider, by=officer.user, at=at)
        return filing.complete(draft, what, by=officer.user, at=at)

    def _hold(self, officer: Person) -> PreservationHold:
        by, at = officer.user, timezone.now()
        draft = hold_drafts.start(self.provider, by=by, key=uuid4(), at=at)
        hold_drafts.add_identifiers(draft, [read_identifier("email", EMAIL)], version=0, by=by, at=at)
        first = date(at.year - 1, 3, 1)
        asked = {"categories": ["registration"], "period_from": first, "period_to": date(at.year - 1, 9, 30)}
        hold_drafts.save(draft, HoldStep.RECORDS, asked, version=1, by=by, at=at)
        why = {
            "title": "Operation Stillwater", "case_number": "SW 1", "ground": "policy", "process_type": None,
            "process_follows": True, "process_follows_by": at.date() + timedelta(days=50),
        }  # fmt: skip
        return hold_drafts.save(draft, HoldStep.REASON, why, version=2, by=by, at=at)

    def _stranger(self, taken: dict[str, list[float]]) -> None:
        """Ask for access, and for a new password."""
        domain = play.agency_of(HARLOW).domains.order_by("pk").values_list("domain", flat=True)[0]
        browser = self.world.browser()
        address = f"new.{uuid4().hex[:8]}@{domain}"
        _timed(taken, "asks for access", lambda: browser.press("/access/", "email", email=address))
        _timed(taken, "forgot the password", lambda: browser.press("/sign-in/forgotten/", "email", email=address))

    def _staff(self, taken: dict[str, list[float]]) -> None:
        """Sign in and take the request from the queue."""
        analyst = persons.colleague(self.provider, Role.ANALYST, "Lea Brand")
        browser = self.world.browser()
        _timed(taken, "analyst signs in, both factors", lambda: sign_in(browser, analyst))
        found = DataRequest.objects.filter(status="submitted").order_by("-pk")[0]
        _timed(taken, "opens the queue", lambda: browser.get("/staff/queue/"))
        page = f"/staff/requests/{found.reference}/"
        _timed(taken, "takes the request", lambda: browser.press(page, "", to=f"{page}take/"))
        found.refresh_from_db()
        if found.assignee_id != analyst.user.pk:
            raise RuntimeError(f"The request was not taken: {found.status}")


def _timed(taken: dict[str, list[float]], step: str, act: Callable[[], Answer]) -> Answer:
    begun = time.monotonic()
    found = act()
    taken.setdefault(step, []).append(time.monotonic() - begun)
    if found.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise RuntimeError(f"{step}: {found.status} at {found.path}")
    return found


def _words(seconds: list[float]) -> str:
    return f"{statistics.median(seconds):.2f}, {max(seconds):.2f}"


def _said(page: Answer) -> str:
    """Return the errors at the top of a page."""
    summary = page.text.partition('class="govuk-error-summary')[2].partition("</div>\n")[0]
    return " ".join(re.sub(r"<[^>]*>", " ", summary).split())[:500]
