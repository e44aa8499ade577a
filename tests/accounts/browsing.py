"""A browser that sends forms as people do: with the token of the page, past the CSRF check."""

from django.conf import settings
from django.test import Client

from accounts.models import AuthenticatorApp, User
from tests.accounts.helpers import code_of, page
from tests.people import PASSWORD

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
RULES = settings.RULES_VERSION


class Browser:
    """One browser with one tab: opens pages and sends their forms."""

    def __init__(self, *, agent: str = FIREFOX, place: str = "198.51.100.20") -> None:
        self.client = Client(enforce_csrf_checks=True, headers={"user-agent": agent}, REMOTE_ADDR=place)

    def open(self, path: str):
        """Open a page and return the answer, following ways on."""
        return self.client.get(path, follow=True)

    def send(self, answer, path: str, values: dict, *, page_path: str = "", **options):
        """Send a form of that page, with its token."""
        token = page(answer).select_one("main [name=csrfmiddlewaretoken], [name=csrfmiddlewaretoken]")["value"]
        referer = f"http://testserver{page_path or answer.request['PATH_INFO']}"
        return self.client.post(path, {**values, "csrfmiddlewaretoken": token}, headers={"referer": referer}, **options)

    def sign_in(self, user: User, *, next_page: str = "", factor: bool = True):
        """Type address and password, then the code; return the last answer."""
        at = f"/sign-in/?next={next_page}" if next_page else "/sign-in/"
        said = {"email": user.email, "password": PASSWORD, "rules": RULES, "next": next_page}
        answer = self.send(self.open(at), "/sign-in/", said)
        assert answer.status_code == 302, answer.content.decode()
        if not factor:
            return answer
        app = AuthenticatorApp.objects.get(user=user)
        AuthenticatorApp.objects.filter(pk=app.pk).update(last_step=-1)
        said = {"factor": "totp", "code": code_of(app), "next": next_page}
        answer = self.send(self.open("/sign-in/factor/"), "/sign-in/factor/", said)
        assert answer.status_code == 302, answer.content.decode()
        return answer
