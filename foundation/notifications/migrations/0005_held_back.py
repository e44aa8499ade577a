"""Messages that are asked about right before they go, and must not."""

from django.db import migrations, models

_CAUSES = [
    ("no_mailbox", "The mail server says that there is no such mailbox"),
    ("full", "The mailbox is full"),
    ("turned_away", "The mail server does not take this mail"),
    ("unreachable", "The mail server could not be reached for two days"),
    ("put_off", "The mail server put the message off for two days"),
    ("not_mail", "The address cannot be written as mail"),
    ("no_answer", "Every worker that tried ended before the answer was kept"),
    ("words", "Its own words could not be written, a short note went out instead"),
    ("held_back", "It must not go out now, or its reader was told in another way"),
    ("other", "It came back without a reason that we know"),
]


class Migration(migrations.Migration):
    dependencies = [("notifications", "0004_hooks_that_are_gone")]

    operations = [
        migrations.AlterField(
            "outboundmessage", "cause", models.CharField(blank=True, choices=_CAUSES, max_length=12)
        ),
    ]
