"""Anybody checks whether a file or paper is ours: issued on a day, withdrawn on a day, or not known, and no more."""

import re
from dataclasses import dataclass, replace
from datetime import UTC, timedelta
from ipaddress import IPv6Address, ip_address, ip_network

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.access import Audience, access
from accounts.services.limits import Limit, try_once
from foundation.audit.middleware import client_ip
from foundation.core.references import normalise_check_code
from foundation.documents.hashed_uploads import HashedUpload, only_hashes
from foundation.notifications.moments import written_day
from requests_app.services import issued
from requests_app.services.issued import Found, Verdict
from requests_app.verify_words import WORDS, VerifyWords
from requests_app.views.public import languages

# Enough for each file of a package and its papers; nobody finds a code by trying.
CHECKS = Limit("verify", 60, timedelta(hours=1))
MOST_BYTES = 25 * 1024 * 1024
_MOST_TYPED = 300
_HASH = re.compile(r"(?<![0-9A-Za-z])[0-9a-fA-F]{64}(?![0-9A-Za-z])")
# Answers have the same length for whoever watches the line.
_BLOCK = 16 * 1024


@dataclass(frozen=True)
class Asked:
    """What somebody wants to know of: a hash or a check code, or what is wrong with what they gave."""

    sha256: str = ""
    # Of a paper; beside a hash, of one that left with the file.
    code: str = ""
    typed: str = ""
    field: str = "hash"
    error: str = ""


@access(Audience.PUBLIC)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@only_hashes(MOST_BYTES)
def check(request: HttpRequest) -> HttpResponse:
    """Ask for a file, hash or code; the answer to a POST stands on the page, so that none is in an address or a log."""
    spoken = languages.spoken(request)
    words, asked, answer, status = WORDS[spoken], Asked(), None, 200
    error = ""
    if request.method == "POST":
        asked = _asked(request, words)
        error = asked.error
        if error:
            status = 422
        elif not try_once(CHECKS, _network(request)):
            error, status = words.too_many, 429
        else:
            answer = _answer(asked, words, spoken)
    context = {
        "words": words,
        "spoken": spoken,
        "asked": asked,
        "answer": answer,
        "error": error,
        "choices": languages.choices(spoken),
    }
    response = render(request, "public/verify.html", context, status=status)
    response.content += b" " * (-len(response.content) % _BLOCK)
    return response


def _asked(request: HttpRequest, words: VerifyWords) -> Asked:
    """Read what was given: a code where its form was sent, else a file before a hash, with the code of its paper."""
    if "code" in request.POST:
        typed = _typed(request, "code")
        code = normalise_check_code(typed) or ""
        error = "" if code else words.not_a_code if typed else words.missing_code
        return Asked(code=code, typed=code or typed, field="code", error=error)
    asked, beside = _asked_file(request, words), _typed(request, "with")
    code = normalise_check_code(beside) or ""
    if beside and not code and not asked.error:
        return replace(asked, code=beside, field="with", error=words.not_a_code)
    return replace(asked, code=code or beside)


def _asked_file(request: HttpRequest, words: VerifyWords) -> Asked:
    upload = request.FILES.get("file")
    if isinstance(upload, HashedUpload):
        error = "" if upload.sha256 else words.too_large
        return Asked(sha256=upload.sha256, typed=upload.sha256, field="file" if error else "hash", error=error)
    typed = _typed(request, "hash")
    if not typed:
        return Asked(field="file", error=words.missing)
    found = {sha256.lower() for sha256 in _HASH.findall(typed) or _HASH.findall(re.sub(r"[\s:]", "", typed))}
    if len(found) != 1:
        return Asked(typed=typed, error=words.two_hashes if found else words.not_a_hash)
    sha256 = found.pop()
    return Asked(sha256=sha256, typed=sha256)


def _typed(request: HttpRequest, name: str) -> str:
    return request.POST.get(name, "").replace("\x00", "").strip()[:_MOST_TYPED]


def _answer(asked: Asked, words: VerifyWords, spoken: str) -> dict[str, str]:
    """Return what is said: a verdict, its day and when it was asked for; whose and what it is stands nowhere."""
    is_code = asked.field == "code"
    found = issued.of_code(asked.code) if is_code else issued.of_hash(asked.sha256, code=asked.code)
    not_ours = words.not_ours_code if is_code else words.not_ours_with if asked.code else words.not_ours_file
    said = {
        Verdict.ISSUED: (words.ours, words.ours_code if is_code else words.ours_file, words.issued, "pass"),
        Verdict.WITHDRAWN: (words.no_more, words.no_more_said, words.withdrawn, "warn"),
        Verdict.UNKNOWN: (words.not_ours, not_ours, words.unknown, ""),
    }
    title, more, answer, style = said[found.verdict]
    now = timezone.now().astimezone(UTC)
    return {
        "title": title,
        "more": more.format(day=_day(found, spoken)),
        "answer": answer,
        "style": style,
        "key": words.code_key if is_code else words.hash_key,
        "checked": words.checked.format(time=f"{written_day(now.date(), language=spoken)}, {now:%H:%M:%S} UTC"),
        "at": now.isoformat(timespec="seconds"),
    }


def _day(found: Found, spoken: str) -> str:
    return written_day(found.at.astimezone(UTC).date(), language=spoken) if found.at else ""


def _network(request: HttpRequest) -> str:
    """Return whose tries are counted together: an address, or of IPv6 the 64 bits that one connection gets."""
    address = client_ip(request)
    if address and isinstance(ip_address(address), IPv6Address):
        return str(ip_network(f"{address}/64", strict=False))
    return address
