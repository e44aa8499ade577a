"""Words that other apps store."""

from django.db import models


class Digest(models.TextChoices):
    """How often a person gets ordinary messages by mail; the inbox has them at once."""

    AT_ONCE = "at_once", "At once, one mail for each"
    DAILY = "daily", "Once a day, together"
    WEEKLY = "weekly", "Once a week, together, on Monday"


class Cause(models.TextChoices):
    """Why a message did not reach its reader, as staff read it: the group they send again together."""

    NO_MAILBOX = "no_mailbox", "The mail server says that there is no such mailbox"
    FULL = "full", "The mailbox is full"
    TURNED_AWAY = "turned_away", "The mail server does not take this mail"
    UNREACHABLE = "unreachable", "The mail server could not be reached for two days"
    PUT_OFF = "put_off", "The mail server put the message off for two days"
    NOT_MAIL = "not_mail", "The address cannot be written as mail"
    NO_ANSWER = "no_answer", "Every worker that tried ended before the answer was kept"
    # It went out, with words that only say where to look.
    WORDS = "words", "Its own words could not be written, a short note went out instead"
    HELD_BACK = "held_back", "It must not go out now, or its reader was told in another way"
    OTHER = "other", "It came back without a reason that we know"


class Audience(models.TextChoices):
    """Who gets a message."""

    APPLICANT = "applicant", "Applicant"
    OFFICER = "officer", "Officer"
    ACCOUNT = "account", "Officer or staff"
    HOLDER = "holder", "Account holder"
    AGENCY = "agency", "Agency"
    STAFF = "staff", "Staff"
