"""What people do at their browsers in every drill: sign in, take records, look wherever there may be any, sign up."""

import re
from dataclasses import dataclass
from http import HTTPStatus

from accounts.models import AccessApplication, Agency, User
from lers.demo.papers import card_pdf
from lers.drill.impostors.browser import Answer, Authenticator, Browser
from lers.drill.impostors.persons import PASSWORD, Person, unique
from lers.drill.impostors.story import Story
from lers.drill.impostors.world import World
from requests_app.models import DisclosurePackage

_APP = re.compile(r'<strong class="app-code">([A-Z2-7\s]+)</strong>')


def sign_in(browser: Browser, person: Person, *, password: str = PASSWORD) -> Answer:
    """Sign in with both factors."""
    browser.press("/sign-in/", "password", email=person.user.email, password=password)
    return show_code(browser, person.app)


def show_code(browser: Browser, app: Authenticator, *, then: str = "/start/") -> Answer:
    """Show a second factor, and go on to a page."""
    return browser.press(f"/sign-in/factor/?next={then}", "code", code=app.code(), factor="totp", next=then)


def address_of(package: DisclosurePackage, kind: str = "") -> str:
    """Return the address of a package, of its passphrase or of one of its files."""
    here = f"/requests/{package.data_request.reference}/records/{package.number}/"
    return f"{here}{kind}/" if kind else here


def take(browser: Browser, package: DisclosurePackage) -> None:
    """Take everything of a package, as its officer does."""
    for kind in ("archive", "letter", "manifest"):
        browser.get(address_of(package, kind))
    browser.press(address_of(package), "", to=address_of(package, "passphrase"))


def reach_for(story: Story, browser: Browser, package: DisclosurePackage, who: str) -> None:
    """Try every way to one package and its request, and write down what stopped each."""
    reference = str(package.data_request.reference)
    for page in ("/requests/", f"/requests/{reference}/", address_of(package)):
        found = browser.get(page)
        named = reference in found.text
        story.tried(f"{who}: page {_plain(page, package)}", found.stopped_by or ("" if named else "not listed"))
    for kind in ("archive", "letter", "manifest"):
        before = browser.file_bytes
        found = browser.get(address_of(package, kind))
        stopped = found.stopped_by or ("" if browser.file_bytes > before else "no file came")
        story.tried(f"{who}: file {kind}", stopped)
    found = browser.press(address_of(package), "", to=address_of(package, "passphrase"))
    story.tried(f"{who}: passphrase", found.stopped_by or ("" if "passphrase" in found.path else "not shown"))


def _plain(page: str, package: DisclosurePackage) -> str:
    return page.replace(str(package.data_request.reference), "REFERENCE")


# Signing up -----------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Applicant:
    """Somebody who asks to be let in, whoever they really are."""

    email: str
    name: str
    badge: str
    phone: str
    supervisor: str = "Odd Lie"
    note: str = "Our agency moves its mail to this domain this month."


def sign_up(world: World, browser: Browser, applicant: Applicant, agency: Agency) -> AccessApplication:
    """Go through all pages of an application, with a mailbox that works; raises LookupError where it is not sent."""
    email = unique(applicant.email)
    if why_not := ask(browser, email):
        raise LookupError(why_not)
    link = world.link(email, "/access/confirm/")
    shown = browser.press(link, "password", password=PASSWORD)
    set_up(browser, shown)
    reference = _reference(browser.get("/access/mine/"))
    card = card_pdf(agency=agency.name, name=applicant.name, rank="Inspector", badge=applicant.badge)
    person = {"full_name": applicant.name, "rank": "Inspector", "unit": "Cyber crime", "badge": applicant.badge}
    parts: dict[str, dict[str, str]] = {
        "address": {"address_note": applicant.note},
        "person": {**person, "phone": applicant.phone},
        "agency": {"agency": str(agency.uid), "q": agency.name},
        "supervisor": {"name": applicant.supervisor, "contact": "extension 44"},
    }
    for name, typed in parts.items():
        browser.press(f"/access/{reference}/{name}/", next(iter(typed)), files=None, **typed)
    proof = {"document": ("card.pdf", card, "application/pdf")}
    browser.press(f"/access/{reference}/proof/", "proof_kind", files=proof, proof_kind="service_card")
    world.until(lambda: _sent(browser, reference), "the application is sent")
    return AccessApplication.objects.get(reference=reference)


def ask(browser: Browser, email: str) -> str:
    """Ask for access with this address; return the words in which the page refuses it, or nothing."""
    answer = browser.press("/access/", "email", email=email)
    if answer.status != HTTPStatus.UNPROCESSABLE_ENTITY:
        return ""
    found = re.search(r'govuk-error-message">(.*?)</p>', answer.text, re.DOTALL)
    words = re.sub(r"<[^>]*>", " ", found[1] if found else "refused")
    return f"“{' '.join(words.replace('Error:', '').split())}”"


def set_up(browser: Browser, page: Answer) -> Authenticator:
    """Set up an authenticator app on the page that shows its secret; raises LookupError where there is none."""
    found = _APP.search(page.text)
    if found is None:
        raise LookupError(f"No app can be set up on {page.path}.")
    app = Authenticator.from_text(found[1])
    browser.press("/account/factors/new/", "code", code=app.code(), factor="totp", name="Phone")
    return app


def user_of(application: AccessApplication) -> User:
    """Return the account of somebody who was let in."""
    assert application.user is not None  # noqa: S101 - the mailed link made one
    return application.user


def _reference(page: Answer) -> str:
    found = re.search(r"/access/(AC-[0-9A-Z-]+)/", page.path) or re.search(r"AC-[0-9A-Z]+(?:-[0-9A-Z]+)*", page.text)
    if found is None:
        raise LookupError(f"No application on {page.path}.")
    return found[1] if found.lastindex else found[0]


def _sent(browser: Browser, reference: str) -> bool:
    browser.press(f"/access/{reference}/send/", "attested", attested="on")
    return AccessApplication.objects.filter(reference=reference, submitted_at__isnull=False).exists()
