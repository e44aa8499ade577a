"""What every message says: the list, and each as its reader would get it, with sample values. Nothing of a case."""

from dataclasses import dataclass

from csp.constants import SELF
from csp.decorators import csp_update
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from accounts.access import Audience, access
from accounts.permissions import Permission
from foundation.notifications.enums import Audience as Readers
from foundation.notifications.languages import LANGUAGES, languages_of
from foundation.notifications.message_kinds import MessageKind, message_kinds
from foundation.notifications.models import Kind
from foundation.notifications.samples import render_sample

# The HTML part of a mail has its styles in it. Nothing else of it may do anything: it stands in a frame of its own.
_MAIL_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; base-uri 'none'; sandbox"
_DARK = "@media (prefers-color-scheme: dark)"
_SHOWN_AS = {"light": "@media not all", "dark": "@media all"}


@dataclass(frozen=True)
class Chosen:
    """Which message is shown, with which of its samples, in which language."""

    kind: MessageKind
    sample: int
    language: str

    def address(self, name: str = "accounts:message_word", **changed: str | int) -> str:
        """Return the address of the same message, with something changed."""
        query: dict[str, str | int] = {"sample": self.sample + 1, "language": self.language}
        query |= changed
        return f"{reverse(name, args=[self.kind.event])}?{urlencode(query)}"


@access(Audience.STAFF, permission=Permission.SEE_CATALOGUE)
@require_safe
def message_words(request: HttpRequest) -> HttpResponse:
    """Every message by who gets it; or only those of one reader or one kind, as the address asks."""
    kinds = list(message_kinds().values())
    to, kind = _choice(request, "to", Readers.values), _choice(request, "kind", Kind.values)
    of_kind = [one for one in kinds if kind in {"", one.kind}]
    groups = [(reader, [_row(one) for one in of_kind if one.to == reader]) for reader in Readers if to in {"", reader}]
    context = {
        "groups": [(reader, rows) for reader, rows in groups if rows],
        "total": len(kinds),
        "tabs": [("", _("All"), len(of_kind)), *_tabs(of_kind)],
        "to": to,
        "kind": kind,
        "kinds": [("", _("Every kind")), *Kind.choices],
    }
    return render(request, "accounts/staff/message_words.html", context)


@access(Audience.STAFF, permission=Permission.SEE_CATALOGUE)
@csp_update({"frame-src": [SELF]})  # type: ignore[arg-type]  # its own types know of no arguments beside the request
@require_safe
def message_word(request: HttpRequest, event: str) -> HttpResponse:
    """One message: its subject, its plain text, and its HTML part in light and in dark."""
    chosen = _chosen(request, event)
    samples = [(n + 1, chosen.address(sample=n + 1), n == chosen.sample) for n in range(len(chosen.kind.samples))]
    languages = [
        (LANGUAGES[code], chosen.address(language=code), code == chosen.language) for code in languages_of(event)
    ]
    frames = [(shown, chosen.address("accounts:message_html", shown=shown)) for shown in _SHOWN_AS]
    mail = render_sample(chosen.kind, chosen.sample, language=chosen.language)
    context = {"kind": chosen.kind, "mail": mail, "samples": samples, "languages": languages, "frames": frames}
    return render(request, "accounts/staff/message_word.html", context)


@access(Audience.STAFF, permission=Permission.SEE_CATALOGUE)
@require_safe
@xframe_options_sameorigin
def message_html(request: HttpRequest, event: str) -> HttpResponse:
    """The HTML part alone, for the frame; light or dark as the address asks, whatever the browser prefers."""
    chosen = _chosen(request, event)
    shown = _SHOWN_AS.get(request.GET.get("shown", ""), _DARK)
    mail = render_sample(chosen.kind, chosen.sample, language=chosen.language)
    answer = HttpResponse(mail.body_html.replace(_DARK, shown))
    answer["Content-Security-Policy"] = _MAIL_POLICY
    return answer


def _choice(request: HttpRequest, name: str, known: list[str]) -> str:
    """Read one choice from the address; "" for none and for what there is not."""
    given = request.GET.get(name, "")
    return given if given in known else ""


def _tabs(kinds: list[MessageKind]) -> list[tuple[str, str, int]]:
    """Return who gets messages, with how many of these they get."""
    return [(reader.value, reader.label, sum(one.to == reader for one in kinds)) for reader in Readers]


def _row(kind: MessageKind) -> dict[str, object]:
    subject = render_sample(kind).subject
    spoken = languages_of(kind.event)
    languages = "All" if len(spoken) == len(LANGUAGES) else ", ".join(LANGUAGES[code] for code in spoken)
    return {"kind": kind, "subject": subject.partition("] ")[2] or subject, "languages": languages}


def _chosen(request: HttpRequest, event: str) -> Chosen:
    """Read what the address asks for; the first sample and English stand in for what there is not."""
    kind = message_kinds().get(event)
    if kind is None:
        raise Http404
    number = request.GET.get("sample", "")
    language = request.GET.get("language", "")
    return Chosen(
        kind,
        int(number) - 1 if number in {str(n + 1) for n in range(len(kind.samples))} else 0,
        language if language in languages_of(event) else "en",
    )
