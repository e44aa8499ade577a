"""Which records of an account can be kept or asked for, in the portal's words: once, for holds and for requests."""

from django.db import models


class RecordCategory(models.TextChoices):
    """A kind of records that the company's systems export."""

    REGISTRATION = "registration", "Registration and identity (KYC)"
    LOGINS = "logins", "Sign-ins and IP addresses"
    TRANSACTIONS = "transactions", "Transactions"
    BALANCES = "balances", "Balances and assets"
    COMMUNICATIONS = "communications", "Messages with support"
