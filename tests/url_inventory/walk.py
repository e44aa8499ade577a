"""Every address of the portal, as the resolver knows it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver


@dataclass(frozen=True)
class Route:
    """One address: its name with namespaces, its pattern, and the view behind it."""

    name: str
    pattern: str
    view: Callable[..., Any]


@cache
def routes() -> list[Route]:
    """Return every address, included ones too."""
    return sorted(_walk(get_resolver().url_patterns, "", ""), key=lambda route: route.name)


def _walk(patterns: list[URLPattern | URLResolver], prefix: str, namespace: str) -> Iterator[Route]:
    for item in patterns:
        pattern = f"{prefix}{item.pattern}"
        if isinstance(item, URLResolver):
            inner = f"{namespace}{item.namespace}:" if item.namespace else namespace
            yield from _walk(item.url_patterns, pattern, inner)
        else:
            yield Route(f"{namespace}{item.name}" if item.name else "", pattern, item.callback)
