"""In which language a public page speaks to somebody of whom nothing is known but their browser."""

from django.http import HttpRequest

from foundation.notifications.languages import ENGLISH, LANGUAGES, nearest


def spoken(request: HttpRequest) -> str:
    """Return the language that was chosen, or the first of the browser's that there are words in."""
    chosen = request.GET.get("in", "")
    if chosen in LANGUAGES:
        return chosen
    for part in request.headers.get("Accept-Language", "")[:200].split(","):
        code = part.partition(";")[0]
        if nearest(code) != ENGLISH or code.strip().lower().startswith(ENGLISH):
            return nearest(code)
    return ENGLISH


def choices(current: str) -> list[dict[str, object]]:
    """Return every language for the row of links, the one that is spoken marked."""
    return [{"code": code, "words": name, "current": code == current} for code, name in LANGUAGES.items()]
