"""Handing one message to the mail server, and reading its answer."""

import logging
import smtplib
from email.utils import format_datetime
from typing import NamedTuple

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend

from foundation.notifications.causes import cause_of
from foundation.notifications.enums import Cause
from foundation.notifications.models import OutboundMessage, Outcome

logger = logging.getLogger(__name__)

# "You must log in first": our own configuration is wrong, the recipient is not.
OUR_FAULT = {530, 534, 535, 538}
DETAIL_LENGTH = 300


class Answer(NamedTuple):
    """What came back: the outcome, the server's words without ours, and why it would not have arrived."""

    outcome: Outcome
    detail: str
    cause: Cause = Cause.OTHER
    connection_lost: bool = False
    # The connection broke in the middle: whether the server has the message, nobody can say.
    maybe_taken: bool = False


def hand_over(message: OutboundMessage, connection: BaseEmailBackend) -> Answer:
    """Give one message to an open connection; every failure of server or address is an answer, not an exception."""
    try:
        connection.send_messages([as_email(message, connection)])
    except smtplib.SMTPRecipientsRefused as error:
        code, words = next(iter(error.recipients.values()))
        return _refusal(code, words)
    except smtplib.SMTPDataError as error:
        return _refusal(error.smtp_code, error.smtp_error)
    except smtplib.SMTPResponseException as error:
        return Answer(Outcome.FAILED, _words(error.smtp_code, error.smtp_error), Cause.PUT_OFF, connection_lost=True)
    except OSError as error:  # smtplib's other exceptions are OSErrors too
        told = _words(type(error).__name__, str(error))
        return Answer(Outcome.FAILED, told, Cause.UNREACHABLE, connection_lost=True, maybe_taken=True)
    except ValueError as error:  # an address or a header that cannot be written as mail
        return Answer(Outcome.REFUSED, type(error).__name__, Cause.NOT_MAIL)
    except Exception as error:
        logger.exception("Message %s could not be handed over", message.message_id)
        return Answer(Outcome.FAILED, type(error).__name__, connection_lost=True)
    return Answer(Outcome.ACCEPTED, "")


def as_email(message: OutboundMessage, connection: BaseEmailBackend | None = None) -> EmailMultiAlternatives:
    """Build the mail of a row; the same row always gives the same Message-ID and date."""
    email = EmailMultiAlternatives(
        subject=message.subject,
        body=message.body_text,
        # The envelope: where a report goes that it did not arrive. The reader sees From.
        from_email=settings.BOUNCE_ADDRESS or settings.DEFAULT_FROM_EMAIL,
        to=[message.to_address],
        connection=connection,
        headers={
            "From": settings.DEFAULT_FROM_EMAIL,
            "Message-ID": message.message_id,
            "Date": format_datetime(message.created_at),
            "Content-Language": message.language,
            "Auto-Submitted": "auto-generated",  # RFC 3834: nobody's out-of-office note answers it
            "X-Auto-Response-Suppress": "All",  # the same for Exchange
        },
    )
    email.attach_alternative(message.body_html, "text/html")
    return email


def _refusal(code: int, words: bytes | str) -> Answer:
    permanent = 500 <= code < 600 and code not in OUR_FAULT
    text = _words(code, words)
    cause = Cause.TURNED_AWAY if code in OUR_FAULT else cause_of(text)
    return Answer(Outcome.REFUSED if permanent else Outcome.FAILED, text, cause, connection_lost=code == 421)


def _words(code: int | str, words: bytes | str) -> str:
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    return " ".join(f"{code} {text}".split())[:DETAIL_LENGTH]
