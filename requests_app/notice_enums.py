"""Words around the notice to an account holder, and around what the company may answer its customers."""

from django.db import models


class NoticeWait(models.TextChoices):
    """Whom a notice waits for before anybody is told."""

    ANALYST = "analyst", "An analyst looks first"
    COUNSEL = "counsel", "Counsel decides"
    CONTACT = "contact", "No way to reach the account holder"


class NoticeChannel(models.TextChoices):
    """How an account holder was told."""

    MAIL = "mail", "E-mail"
    COMPANY = "company", "The company's own pages"
    # Told by hand, outside of the portal, by somebody who wrote it down here.
    BY_HAND = "by_hand", "By hand"


class CustomerAsks(models.TextChoices):
    """What a customer asked the company for."""

    ACCESS = "access", "A copy of the data"
    DELETION = "deletion", "Deletion of the data"


class CompanyDoes(models.TextChoices):
    """What the company does before it answers its customer; nothing of a case."""

    PROCEED = "proceed", "Answer as usual"
    KEEP = "keep", "Keep the data, answer as usual"
    ASK_LEGAL = "ask_legal", "Ask legal"
