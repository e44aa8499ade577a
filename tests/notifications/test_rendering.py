"""The words of a message."""

import re

import pytest

from foundation.notifications.rendering import SIGNATURE_MARK, WIDTH, Block, blocks, render
from lers.mail_catcher import pieces

CONTEXT = {"by_when": "Fri 20 Nov 2026, 16:00 UTC (17:00 your time)", "clock": 1}


def rendered(**changes):
    given = {"context": CONTEXT, "name": "Ingrid Solheim", "reference": "MX-26-7K4Q9TX"} | changes
    return render("sample", given.pop("context"), **given)


def words(text: str) -> str:
    return " ".join(text.split())


def test_subject_is_the_reference_and_what():
    assert rendered().subject == "[MX-26-7K4Q9TX] A question for you"


def test_subject_without_reference_has_no_brackets():
    assert rendered(reference="").subject == "A question for you"


def test_text_is_wrapped_and_ends_with_the_signature():
    text = rendered().body_text
    assert max(len(line) for line in text.splitlines()) <= WIDTH
    body, mark, footer = text.partition(f"\n{SIGNATURE_MARK}\n")
    assert mark
    assert body.startswith("Hello Ingrid Solheim,\n\nWe have a question about your request MX-26-7K4Q9TX.")
    assert footer.splitlines() == [
        "We never ask for your password or a one-time code.",
        "Threat to life: +44 20 7946 0112, day and night.",
        "Meridian Exchange, government requests, 12 Sample Quay, Dublin",
        "requests.meridian.example",
    ]


def test_list_items_hang_under_their_dash():
    text = rendered().body_text
    assert "\n\n- first thing, which is also long" in text
    assert "\n  " in text
    assert "\n- second thing\n" in text


def test_both_parts_say_the_same_words():
    message = rendered()
    shown = [piece for piece in pieces(message.body_html) if piece.kind != "from"]
    html = words(" ".join(piece.words for piece in shown))
    text = words(re.sub(r"^(-- |- )", "", message.body_text.replace("-- \n", ""), flags=re.MULTILINE))
    assert html == text


def test_the_date_is_the_one_bold_line():
    shown = pieces(rendered().body_html)
    assert [piece.words for piece in shown if piece.kind == "key"] == [
        "Answer by Fri 20 Nov 2026, 16:00 UTC (17:00 your time)."
    ]
    assert "**" not in rendered().body_text


def test_html_carries_nothing_from_outside():
    html = rendered().body_html
    assert not re.search(r"<img|<script|src=|url\(|href=", html)
    assert "prefers-color-scheme: dark" in html


def test_a_name_is_shown_as_it_is_and_starts_nothing_of_its_own():
    message = rendered(name="O'Neil <b>\n\n**Pay now**\n\nhttps://evil.example/")
    assert "Hello O'Neil <b> **Pay now** https://evil.example/,\n\n" in message.body_text
    assert "O&#x27;Neil &lt;b&gt; **Pay now** https://evil.example/," in message.body_html
    assert "href=" not in message.body_html


def test_a_reference_with_a_line_break_cannot_add_a_header():
    assert "\n" not in render("sample", {}, reference="MX\nBcc: x@y.example").subject


def test_only_our_own_address_becomes_a_link():
    link = "https://requests.meridian.example/confirm/Abc-1_2/"
    message = rendered(context={"by_when": f"now: {link}"})
    assert f'<a href="{link}">{link}</a>' in message.body_html
    assert link in message.body_text


def test_an_event_may_have_a_page_of_its_own():
    html = render("styled", {}, name="Ingrid").body_html
    assert "<h1>Ingrid</h1>" in html
    assert "Plain words." in html


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("One\ntwo.\n\n\n \nThree.", [Block("text", ("One two.",)), Block("text", ("Three.",))]),
        ("**Now.**", [Block("key", ("Now.",))]),
        ("Take:\n- a\n  b\n\n- c", [Block("text", ("Take:",)), Block("list", ("a b", "c"))]),
        ("", []),
    ],
)
def test_blocks(source, expected):
    assert blocks(source) == expected
