"""The running portal that the impostors attack, its mails, and requests whose records are there to be taken."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import TypeVar
from uuid import uuid4

import requests
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.models import AuthenticatorApp, User
from foundation.providers.connectors.demo import cases as accounts
from foundation.providers.models import Provider
from lers.demo import desk, filing
from lers.demo.filing import Filing
from lers.demo.people import who
from lers.drill import people
from lers.drill.impostors.browser import Browser
from lers.drill.place import Place
from lers.drill.processes import Processes
from lers.mail_catcher import CaughtMail, newest
from lers.runner import services
from lers.runner.static_files import collect_if_changed
from requests_app.enums import DataCategory
from requests_app.models import DataRequest, DisclosurePackage
from requests_app.services import building, packages, paper_looks, prepared

T = TypeVar("T")
PATIENCE = 90.0
# Whose records are asked for: the officers know the address, and only the company knows the number.
EMAIL, ACCOUNT = accounts.EMAIL_CLOSED, accounts.ACCOUNT_CLOSED


class World:
    """The portal, and what stands around it."""

    def __init__(self, place: Place) -> None:
        """Start nothing yet."""
        self.place = place
        self.base = os.environ["PUBLIC_URL"]
        self.mail_folder = settings.DEMO_MAIL_DIR
        self.processes = Processes(place.var / "log")
        self.provider: Provider = Provider()
        self._number = 0

    def start(self) -> None:
        """Fill the database with people, and start the portal as `make run` does."""
        self.provider, _officer = people.ensure()
        prepared.load(self.provider, by=None, at=timezone.now() - timedelta(days=200))
        collect_if_changed(self.place.var, collect, lambda _line: None)
        self.processes.start(services.broker_service(self.place.broker_command))
        self.processes.start(services.mail_service(self.place.mail_port), *services.portal_services())
        self.until(self._is_ready, "the portal is ready")

    def stop(self) -> None:
        """End everything that was started."""
        self.processes.stop_all(hard=True)

    def browser(self, **how: str) -> Browser:
        """Open a browser of the impostor or of an honest person."""
        return Browser(self.base, **how)

    def until(self, found: Callable[[], T | None], what: str) -> T:
        """Ask again until there is an answer; raises TimeoutError."""
        end = time.monotonic() + PATIENCE
        while not (answer := found()):
            if time.monotonic() > end:
                raise TimeoutError(f"Not within {PATIENCE:.0f} s: {what}")
            time.sleep(0.25)
        return answer

    def mail(self, to: str, path: str) -> CaughtMail:
        """Wait for a mail to this address with a link of ours that has this path in it."""
        return self.until(lambda: next((m for m in newest(self.mail_folder, to=to) if path in m.text), None), path)

    def link(self, to: str, path: str) -> str:
        """Return the newest link of this kind from the mails to this address, as its path on the portal."""
        found = re.search(rf"{re.escape(self.base)}({re.escape(path)}\S*)", self.mail(to, path).text)
        if found is None:
            raise LookupError(f"No link {path} in the mail to {to}.")
        return found[1]

    def count(self, to: str, path: str) -> int:
        """Count the mails to this address with a link of this kind."""
        return sum(path in mail.text for mail in newest(self.mail_folder, to=to))

    def let_time_pass(self, user: User) -> None:
        """Let the days go by in which this person waits after a change of what they sign in with."""
        long_ago = timezone.now() - timedelta(days=30)
        User.objects.filter(pk=user.pk).update(cool_down_until=None, downloads_wait_until=None)
        AuthenticatorApp.objects.filter(user=user).update(created_at=long_ago)

    # Requests ---------------------------------------------------------------------------------------------------------
    def granted(self, officer: User) -> DataRequest:
        """File a request of this officer and decide it: granted by two people, nothing sent yet."""
        self._number += 1
        begin = timezone.now() - timedelta(hours=5)
        number, minutes = f"{self._number:02}", timedelta(minutes=1)
        what = Filing(
            title=f"Operation Drillholm {number}", case_number=f"DRILL 26/4400{number}", docket=f"26-4400{number}",
            offence="Money laundering, Penal Code section 337",
            facts=f"A courier of Drillholm {number} paid cash in at machines, and it was turned into coins.",
            connection="A seized phone held the sign-in of this account.", identifiers=(("email", EMAIL, ""),),
            categories=(DataCategory.REGISTRATION, DataCategory.LOGINS), bar_days=120, court="Nordvik District Court",
            judge="A. Fossheim", process_type="INT-COURT-ORDER",
            section_of_law="Criminal Procedure Act, section 210",
        )  # fmt: skip
        with transaction.atomic():  # or the worker takes the order before it is sent
            made = filing.file(uuid4().hex, what, self.provider, by=officer, at=begin)
            desk.take(made, at=begin + 5 * minutes)
            desk.match(made, at=begin + 10 * minutes)
            desk.confirm_bars(made, at=begin + 15 * minutes)
            desk.settle(made, note="Another case.", at=begin + 18 * minutes)
            desk.sign(desk.propose_grant(made, at=begin + 60 * minutes), at=begin + 90 * minutes)
        return DataRequest.objects.get(pk=made.pk)

    def sealed(self, officer: User) -> DisclosurePackage:
        """Have a package built that waits for its release."""
        made, at = self.granted(officer), timezone.now() - timedelta(hours=3)
        package = packages.start(made, by=who("analyst"), at=at)
        with suppress(Exception):
            building.build(package.pk, at=at + timedelta(minutes=4))  # where the worker was not faster
        return self.until(lambda: _sealed(package), "the package is sealed")

    def released(self, officer: User) -> DisclosurePackage:
        """Have records released that this officer may download."""
        package = self.sealed(officer)
        for document, _words in paper_looks.papers(package):
            paper_looks.note_look(package, document, by=who("approver"))
        return packages.release(package, by=who("approver"), at=timezone.now() - timedelta(minutes=30))

    def _is_ready(self) -> bool:
        with suppress(requests.RequestException):
            return requests.get(f"{self.base}/readyz", timeout=10).ok
        return False


def _sealed(package: DisclosurePackage) -> DisclosurePackage | None:
    found: DisclosurePackage | None = DisclosurePackage.objects.filter(pk=package.pk, status="sealed").first()
    return found


def collect() -> None:
    """Gather the static files anew."""
    command = [sys.executable, "manage.py", "collectstatic", "--noinput", "--clear", "--verbosity=0"]
    subprocess.run(command, cwd=settings.BASE_DIR, env=dict(os.environ), check=True)
