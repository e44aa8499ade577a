"""Single sign-on in a real browser, on the pages of a real provider."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.accounts.company import CALLBACK, Company
from tests.accounts.oidc_provider import PASSWORD
from tests.journeys.conftest import Portals
from tests.journeys.person import Person, seen_when_it_fails
from tests.journeys.stack import STEP_UP_SECONDS, Stack

# One process for all journeys: it makes the demo's data once, and nobody waits for it.
pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("journeys")]

BUTTON = "Agree and sign in with Meridian account"


@pytest.fixture(scope="module")
def companies() -> Iterator[list[Company]]:
    """The company, once the portal's address is known."""
    found: list[Company] = []
    yield found
    for company in found:
        company.close()


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory, companies: list[Company], portals: Portals) -> Stack:
    """The portal, told of the company."""
    folder = tmp_path_factory.mktemp("portal")

    def told(url: str) -> dict[str, str]:
        companies.append(Company(folder, [f"{url}{CALLBACK}"]))
        return companies[0].environment() | {"SSO_SIGN_OUT_THERE": "0"}

    return portals.of("single sign-on", more=told)


def test_single_sign_on(stack: Stack, companies: list[Company], browser: Browser, tmp_path: Path):
    company, pictures = companies[0], tmp_path / "pictures"
    analyst, stranger = (Person(browser, stack.url, pictures) for _number in range(2))
    sign_ins = stack.credentials()
    with seen_when_it_fails([analyst, stranger], pictures):
        employed = company.employ(sign_ins["analyst"]["email"])
        analyst.has_app(sign_ins["analyst"]["totp_secret"])
        comes_in(analyst, company, employed)
        is_told(stack, sign_ins["analyst"]["email"])
        confirms_here_before_what_is_dangerous(analyst, company)
        comes_in_again_without_a_word(analyst, company)
        an_officer_does_not(stranger, company, company.employ(sign_ins["officer"]["email"]))
        has_a_password_while_the_company_is_down(stranger, company, sign_ins["analyst"])
    assert [complaint for person in (analyst, stranger) for complaint in person.complaints] == []


def signs_in_there(person: Person, company: Company, employed: dict[str, str]) -> None:
    """On the provider's own page."""
    expect(person.page.get_by_role("heading", name="Company account")).to_be_visible()
    assert person.page.url.startswith(f"{company.origin}/accounts/login/")
    person.fill(username=employed["username"], password=PASSWORD)
    person.press("Continue")


def comes_in(person: Person, company: Company, employed: dict[str, str]) -> None:
    """To the provider and back; no page opens before the factor is shown here."""
    person.go("/staff/queue/")
    person.picture("sso-sign-in")
    person.press(BUTTON)
    signs_in_there(person, company, employed)
    person.sees("Confirm it is you")
    assert "code=" not in person.page.url
    for path in ("/staff/queue/", "/account/", "/staff/access/"):
        person.go(path)
        person.sees("Confirm it is you")
    person.go("/sign-in/factor/?next=/staff/queue/")
    person.show_factor()
    expect(person.page).to_have_url(f"{person.page.url.partition('/staff')[0]}/staff/queue/")
    expect(person.page.locator("h1").first).to_contain_text("ueue")


def is_told(stack: Stack, email: str) -> None:
    """The link is told by mail, and the mail leads nowhere."""
    mail = stack.mail(email, "Single sign-on now opens your account")
    assert "Meridian account" in mail.text


def confirms_here_before_what_is_dangerous(person: Person, company: Company) -> None:
    """Step-up is a matter between the person and the portal."""
    person.wait_for_stale_factor(STEP_UP_SECONDS)
    company.calls.clear()
    person.go("/account/recovery-codes/new/")
    person.sees("Confirm it is you")
    person.picture("sso-step-up")
    person.show_factor()
    person.sees("Make new recovery codes")
    assert company.calls == []


def comes_in_again_without_a_word(person: Person, company: Company) -> None:
    """Signed out here, still signed in there: the provider sends people straight back, and the factor is asked."""
    person.press("Sign out")
    person.sees("You are signed out.")
    person.go("/sign-in/?next=/account/")
    person.press(BUTTON)
    person.show_factor()
    person.sees("Your account")
    assert company.calls.count("/accounts/login/") == 0


def an_officer_does_not(person: Person, company: Company, employed: dict[str, str]) -> None:
    """An account at the company opens nothing by itself."""
    person.go("/sign-in/")
    person.press(BUTTON)
    signs_in_there(person, company, employed)
    person.sees("This does not open an account here")
    person.picture("sso-refused")
    person.go("/account/")
    person.sees("Sign in, step 1 of 2")


def has_a_password_while_the_company_is_down(person: Person, company: Company, sign_in: dict[str, str]) -> None:
    """A sentence on the sign-in page, and the way beside it."""
    company.down = True
    person.go("/sign-in/?next=/account/")
    person.press(BUTTON)
    person.sees("Signing in with Meridian account does not work at the moment.")
    person.picture("sso-down")
    person.fill(email=sign_in["email"], password=sign_in["password"])
    person.press("Agree and go on to step 2")
    person.sees("Confirm it is you")
    company.repair()
