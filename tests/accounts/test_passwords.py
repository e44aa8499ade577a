"""What is refused as a password, and what is not."""

import time

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from accounts.models import User
from accounts.passwords import bits

GUESSABLE = """
password12345678 qwertyuiopasdfgh aaaaaaaaaaaaaaa 123456789012345 abcdefghijklmnopq iloveyouiloveyou
Password12345678! p@ssw0rdp@ssw0rd zaq12wsxcde34rfv qazwsxedcrfvtgb 1q2w3e4r5t6y7u8i adminadminadmin1
welcome123456789 administrator123 letmeinpassword1 Summer2024Summer2024 monkeydragonsunshine passwordpassword2024
football1234567890 ilovemychildren123 qwerty123456789! mynameisjohnsmith 111122223333444 policepolicepolice
changemechangeme1 Winter2023!Winter Passw0rd!Passw0rd! trustno1trustno1 9876543210987654 poiuytrewqlkjhgf
""".split()  # noqa: SIM905 - easier to read
SENTENCES = [
    "correct horse battery staple", "Correct-Horse-Battery-Staple!", "correcthorsebatterystaple2024",
    "c0rrect h0rse battery staple",
    "thequickbrownfoxjumpsoverthelazydog", "The quick brown fox jumps", "to be, or not to be: that is the question",
    "Our Father, who art in Heaven", "maytheforcebewithyou", "May the Force be with you 1977",
    "never gonna give you up",
    "vår sære zulu fra badeøya", "Zwölf Boxkämpfer jagen Viktor", "hello darkness my old friend",
    "liberté égalité fraternité",
    "съешь же ещё этих мягких", "p a c k m y b o x w i t h f i v e", "qwertyuiopasdfghjklzxcvbnm",
    "let it be let it be let it be",
]  # fmt: skip
GOOD = [
    "copper hinge battery violin",
    "lighthouse keeper sings at noon",
    "harbour-light-applicant-26",
    "пароль из нескольких слов",
    "hjk3-dk29-sl2m-x91",
    "wfjx kqpd mzva lbhn",
]


def refusal(password: str, **user) -> list[str]:
    try:
        validate_password(password, User(**({"email": "i.fossheim@nordvik-police.example"} | user)))
    except ValidationError as error:
        return [one.code for one in error.error_list]
    return []


@pytest.mark.parametrize("password", GUESSABLE)
def test_guessable(password):
    assert "guessable" in refusal(password)


@pytest.mark.parametrize("password", SENTENCES)
def test_a_sentence_that_everybody_knows_is_guessable_however_it_is_written(password):
    assert "guessable" in refusal(password)


def test_words_beside_a_known_sentence_count():
    assert refusal("may the force be with you, heron of the copper viaduct") == []


@pytest.mark.parametrize("password", GOOD)
def test_good(password):
    assert refusal(password) == []


@pytest.mark.parametrize(
    "password",
    [
        "xq i.fossheim@nordvik-police.example 7", "wolves FOSSHEIM keep quiet", "nordvik wolves keep quiet",
        "a f0ssheim sings at noon", "meridian wolves keep quiet", "Ingrid Solheim sings well",
    ],
)  # fmt: skip
def test_own_words(password):
    assert "own_words" in refusal(password, full_name="Ingrid Solheim")


def test_length():
    assert "too_short" in refusal("wfjx kqpd mzva")
    assert refusal("wfjx kqpd mzva l") == []
    assert refusal("wfjx kqpd mzva lbhn " * 2 + "x" * 160) == []
    assert "too_long" in refusal("wfjx kqpd mzva lbhn " + "x" * 190)


def test_no_rule_of_composition():
    assert refusal("only small letters here today") == []


@pytest.mark.parametrize(
    "text", ["thequickbrownfox" * 12, "p" * 200, "ab" * 100, ("abc" * 20 + "abd") * 3, "1234567890" * 20]
)
def test_no_password_takes_long_to_judge(text):
    begin = time.process_time()
    bits(text)
    refusal(text)
    assert time.process_time() - begin < 5, "a bound against exponential work, not a measurement"
