"""Mails as they come: with files, with mails inside them, with parts that nobody can read."""

from email.message import EmailMessage
from email.mime.multipart import MIMEMultipart

from tests.documents.files import make_pdf

SENDER = "Kari Lund <kari@nordvik-police.example>"


def mail(
    *, message_id: str = "<1@nordvik-police.example>", sender: str = SENDER, subject: str = "Request K-2231/26",
    text: str = "Please see the order.", files: tuple[tuple[str, bytes], ...] = (), inside: EmailMessage | None = None,
) -> EmailMessage:  # fmt: skip
    """A mail with these files, and perhaps another mail inside it."""
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = sender, "requests@meridian.example", subject
    made["Message-ID"] = message_id
    made["Authentication-Results"] = "mx.meridian.example; spf=fail smtp.mailfrom=evil.example"
    made.set_content(text)
    for name, content in files:
        made.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    if inside is not None:
        made.add_attachment(inside)
    return made


def order_pdf() -> tuple[str, bytes]:
    """An order as a PDF."""
    return "order.pdf", make_pdf("Order of the court")


def encrypted() -> MIMEMultipart:
    """A mail whose words are encrypted."""
    made = MIMEMultipart("encrypted", protocol="application/pgp-encrypted")
    made["From"], made["Subject"], made["Message-ID"] = SENDER, "Secret", "<2@nordvik-police.example>"
    part = EmailMessage()
    part.add_header("Content-Type", "application/pgp-encrypted")
    part.set_payload("Version: 1")
    made.attach(part)
    return made
