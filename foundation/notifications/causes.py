"""Why a mail server did not take or did not deliver a message, read from its answer or its report."""

import re

from foundation.notifications.enums import Cause

# RFC 3463: class.subject.detail.
_ENHANCED = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
_CODE = re.compile(r"^\s*([245]\d\d)\b")
_SENDER_IS_BAD = {"7", "8"}  # x.1.7 and x.1.8: our own address
_OF_CODE = {"550": Cause.NO_MAILBOX, "551": Cause.NO_MAILBOX, "553": Cause.NO_MAILBOX, "552": Cause.FULL}


def cause_of(text: str) -> Cause:
    """Return the cause that a server's words name: an answer ("550 5.1.1 No such user") or a bare status ("5.1.1").

    The enhanced status (RFC 3463) is believed before the code; temporary failures are PUT_OFF where no better cause is
    named. Words without either are OTHER.
    """
    code = _CODE.match(text)
    if found := _ENHANCED.search(text):
        grade, subject, detail = found.groups()
        if (subject, detail) == ("2", "2"):
            return Cause.FULL
        if grade == "4":
            return Cause.PUT_OFF
        if subject in {"1", "2"}:
            return Cause.TURNED_AWAY if subject == "1" and detail in _SENDER_IS_BAD else Cause.NO_MAILBOX
        return Cause.TURNED_AWAY
    if code is None:
        return Cause.OTHER
    if code[1].startswith("4"):
        return Cause.PUT_OFF
    return _OF_CODE.get(code[1], Cause.TURNED_AWAY)
