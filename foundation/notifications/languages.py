"""The languages that mails are written in. Pages are in English only, so this is not Django's own list."""

from django.template import Engine, TemplateDoesNotExist

# By the code that stands with a person; each but English has its words in templates/mail/<code>/.
LANGUAGES: dict[str, str] = {
    "en": "English",
    "de": "Deutsch",
    "fr": "Français",
    "es": "Español",
    "pt-br": "Português (Brasil)",
}
ENGLISH = "en"
# What stands in for a language that is only asked for without its country, or with another one.
_NEAREST = {"pt": "pt-br"}


def nearest(wanted: str) -> str:
    """Return the language of ours that is nearest to a code such as "de-AT" or "pt"; English where none is."""
    code = wanted.strip().lower().replace("_", "-")
    plain = code.partition("-")[0]
    for found in (code, plain, _NEAREST.get(plain, "")):
        if found in LANGUAGES:
            return found
    return ENGLISH


def language_of(event: str, wanted: str) -> str:
    """Return the language in which an event is told to who wants this one: a mail is never half in one of them."""
    code = nearest(wanted)
    if code == ENGLISH or not all(has_template(f"{folder(code)}/{event}-{part}.txt") for part in ("subject", "body")):
        return ENGLISH
    return code


def languages_of(event: str) -> list[str]:
    """Return every language in which there are words for an event, English first."""
    return [code for code in LANGUAGES if language_of(event, code) == code]


def folder(code: str) -> str:
    """Return where the words of a language lie."""
    return "mail" if code == ENGLISH else f"mail/{code}"


def has_template(name: str) -> bool:
    """Return whether there is a template with this name."""
    try:
        Engine.get_default().get_template(name)
    except TemplateDoesNotExist:
        return False
    return True
