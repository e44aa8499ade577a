"""What a person who sends files is told about the virus scanner."""

from django.conf import settings


def virus_words() -> str:
    """Say in one sentence what is done with every file; a scanner that is set up but silent lets files wait."""
    if settings.CLAMD_ADDRESS:
        return "Every file is checked for viruses before anybody opens it."
    return "No virus scanner is set up here: files are not checked for viruses."
