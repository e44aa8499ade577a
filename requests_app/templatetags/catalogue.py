"""Words of the catalogue on pages, after `{% load catalogue %}`.

- `{{ value|plainly }}`: a value of a type as people read it
- `{{ code|language }}`: Norwegian
- `{{ codes|languages }}`: English, Norwegian and Danish
- `{{ text|linked }}`: escaped, with its web addresses as links
- `{{ kind|purpose }}`: Disclosure, Keeping data, Emergencies, Freezing assets
- `{% country_chooser %}`: a country and a button, leading to its guidelines
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django import template
from django.utils import dateformat
from django.utils.html import urlize
from django.utils.safestring import SafeString, mark_safe

from foundation.core.languages import language_name, language_names
from foundation.legal.countries import EU, INTERNATIONAL, jurisdiction_names
from foundation.legal.models import ProcessType

register = template.Library()


@register.filter
def plainly(value: Any) -> str:
    """Write a stored value as people read it: "yes", "subscriber, ip_login", "18 Aug 2026", "nothing"."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None or value in ("", [], {}):
        return "nothing"
    if isinstance(value, date):
        return dateformat.format(value, "j M Y")
    if isinstance(value, Mapping):
        return "; ".join(f"{name.replace('_', ' ')}: {text}" for name, text in value.items())
    return ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


@register.filter
def linked(text: str) -> SafeString:
    """Escape a text and make its web addresses links, line by line."""
    links = urlize(text, nofollow=True, autoescape=True).replace('<a href="', '<a class="govuk-link" href="')
    return mark_safe("<br>".join(links.splitlines()))  # noqa: S308 - urlize has escaped it


@register.filter
def purpose(process_type: ProcessType) -> str:
    """Say what a type is for, in one or two words."""
    if process_type.is_preservation:
        return "Keeping data"
    if process_type.is_emergency:
        return "Emergencies"
    if not process_type.reaches:
        return "No records"
    return "Freezing assets" if process_type.reaches == ["assets"] else "Disclosure"


@register.filter
def language(code: str) -> str:
    """Return the name of a language in English, the code itself where it is a rare one."""
    return language_name(code)


@register.filter
def languages(codes: Iterable[str]) -> str:
    """Return the names of languages in English, for a sentence."""
    return language_names(codes)


@register.inclusion_tag("public/_country_chooser.html")
def country_chooser(chosen: str = "") -> dict[str, Any]:
    """Draw the way to the guidelines of one country."""
    places = ((code, name) for code, name in jurisdiction_names().items() if code not in {EU, INTERNATIONAL})
    return {"countries": sorted(places, key=lambda place: place[1]), "chosen": chosen}
