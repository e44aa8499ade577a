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
GOOD = [
    "correct horse battery staple",
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


@pytest.mark.parametrize("text", ["p" * 200, "ab" * 100, ("abc" * 20 + "abd") * 3, "1234567890" * 20])
def test_no_password_takes_long_to_judge(text):
    begin = time.process_time()
    bits(text)
    assert time.process_time() - begin < 5, "a bound against exponential work, not a measurement"
