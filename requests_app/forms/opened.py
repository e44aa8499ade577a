"""What a review held when its page was opened, sent along signed, and what two people typed put together by it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core import signing
from django.http import QueryDict

from requests_app.models import DataRequest

_SALT = "requests_app.review.opened"
# A note that nobody has added yet is kept with the review, and is no part of it: nothing is said of it.
_NOTE = "note"
# What is not of the review: a choice for many lines at once, and bars, which are confirmed one by one.
_NOT_OF_IT = ("all_", "bar", "version")


@dataclass(frozen=True)
class Merged:
    """What is sent, with everything stored that its sender did not change.

    clashes: what both changed, in sentences; taken: what only the other changed, and now stands on the page.
    """

    given: QueryDict
    clashes: list[str]
    taken: list[str]


def opened(form: forms.Form, data_request: DataRequest) -> str:
    """Return, signed, what the fields of an unbound review hold; empty ones are left out, for its size."""
    values = {name: value for name in _fields(form) if (value := _plain(form[name].initial))}
    return signing.dumps({"of": data_request.pk, "values": values}, salt=_SALT, compress=True)


def merge(form: forms.Form, data_request: DataRequest, given: QueryDict) -> Merged | None:
    """Put what was sent over the review as it is stored now; `form` is the unbound one of what is stored.

    A field that holds what its sender was shown was not changed by them. None where the page does not say what was
    shown, or says it of another request.
    """
    shown = _read(given.get("opened", ""), data_request)
    if shown is None:
        return None
    result, clashes, taken = given.copy(), [], []
    for name in _fields(form):
        before, stored = shown.get(name, ""), _plain(form[name].initial)
        mine = _plain(given[name]) if name in given else before
        if stored in {before, mine}:
            continue
        if mine == before:
            result[name] = stored
            said = _words(form, name, stored)
            taken += [f"{_label(form, name)}: {said}"] if name != _NOTE else []
        elif name != _NOTE:
            said = f"stored {_words(form, name, stored)}, you have {_words(form, name, mine)}"
            clashes.append(f"{_label(form, name)}: {said}")
    return Merged(result, clashes, taken)


def _fields(form: forms.Form) -> Iterator[str]:
    return (name for name in form.fields if not name.startswith(_NOT_OF_IT))


def _read(text: str, data_request: DataRequest) -> Mapping[str, str] | None:
    try:
        found = signing.loads(text, salt=_SALT)
    except signing.BadSignature:
        return None
    return found["values"] if found["of"] == data_request.pk else None


def _plain(value: Any) -> str:
    """Return a value as a browser and the form's cleaning leave it."""
    return str(value if value is not None else "").replace("\r\n", "\n").strip()


def _label(form: forms.Form, name: str) -> str:
    return str(form.fields[name].label)


def _words(form: forms.Form, name: str, value: str) -> str:
    field: Any = form.fields[name]
    words = dict(getattr(field, "choices", ())).get(value, value) if value else "nothing"
    return f"“{words}”"
