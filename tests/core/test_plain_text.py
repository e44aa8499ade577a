"""What a text field of the portal reads: no character that turns, hides or splits what people see."""

import pytest
from django import forms

from foundation.core.forms import PortalForm, plain_text


class Names(PortalForm):
    """One line, several lines, and a password."""

    name = forms.CharField(max_length=20)
    text = forms.CharField(widget=forms.Textarea, required=False)
    password = forms.CharField(widget=forms.PasswordInput, strip=False, required=False)


def read(**values) -> dict:
    form = Names({"name": "x", **values})
    assert form.is_valid(), form.errors
    return form.cleaned_data


@pytest.mark.parametrize(
    "sign",
    [*"\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c\u200b\u2060\ufeff\xad\x07\x1b\x9b"],
)
def test_what_nobody_sees_is_not_kept(sign):
    assert read(name=f"An{sign}na{sign}")["name"] == "Anna"
    assert read(text=f"first{sign}\nsecond")["text"] == "first\nsecond"


def test_one_line_is_one_line_and_more_lines_stay():
    assert read(name="Anna\r\nBerg\tX\u2028Y")["name"] == "Anna Berg X Y"
    assert read(text="one\r\n\ttwo\u2028three")["text"] == "one\r\n\ttwo\nthree"


def test_letters_are_composed_and_joiners_stay():
    assert read(name="Zoe\u0308")["name"] == "Zo\xeb"
    for name in ("\u0646\u06cc\u200c\u06a9", "\u0915\u094d\u200d\u0937", "\u0631\u0627\u0645\u06cc"):
        assert plain_text(name) == name


def test_a_name_of_nothing_but_marks_is_no_name_and_the_limit_counts_what_is_kept():
    assert Names({"name": "\u202e \u200f"}).errors["name"] == ["Enter the name"]
    assert read(name="x" * 20 + "\u200e" * 5)["name"] == "x" * 20
    assert not Names({"name": "a\0b"}).is_valid(), "a NUL is refused, as before"


def test_a_password_is_taken_as_it_is_typed():
    assert read(password=" a\u200fb\te\u0308 ")["password"] == " a\u200fb\te\u0308 "
