"""The life of a request and of what runs beside it, as tables."""

from accounts.permissions import Permission as P
from foundation.core.workflow import Machine, row
from requests_app.enums import ClarificationStatus as C
from requests_app.enums import CounselStatus as L
from requests_app.enums import NoticeStatus as N
from requests_app.enums import PackageStatus as K
from requests_app.enums import RequestStatus as R
from requests_app.enums import TakedownStatus as T
from requests_app.events import Event as E

SYSTEM = "system"
# The officer whose request it is (and nobody else); the guard knows it.
OWNER = P.FILE_REQUEST

REQUEST = Machine(
    "DataRequest",
    R,
    R.DRAFT,
    (
        row("submit", [R.DRAFT], R.SUBMITTED, OWNER, E.SUBMITTED),
        # It came outside the portal: staff enter it.
        row("record", [R.DRAFT], R.SUBMITTED, P.REVIEW_REQUEST, E.RECORDED),
        row("withdraw", [R.DRAFT, R.SUBMITTED, R.AWAITING_OFFICER], R.WITHDRAWN, OWNER, E.WITHDRAWN),
        row("take", [R.SUBMITTED], R.IN_REVIEW, P.REVIEW_REQUEST, E.TAKEN),
        row("return_incomplete", [R.SUBMITTED], R.DRAFT, P.REVIEW_REQUEST, E.RETURNED),
        # An emergency that is none goes on as an ordinary request: the officer completes and sends it.
        row("go_on_as_ordinary", [R.SUBMITTED, R.IN_REVIEW], R.DRAFT, P.REVIEW_REQUEST, E.MADE_ORDINARY),
        row("ask", [R.IN_REVIEW], R.AWAITING_OFFICER, P.REVIEW_REQUEST, E.WAITING),
        row("resume", [R.AWAITING_OFFICER], R.IN_REVIEW, OWNER, E.RESUMED),
        row("cancel_question", [R.AWAITING_OFFICER], R.IN_REVIEW, P.REVIEW_REQUEST, E.RESUMED),
        row("lapse", [R.AWAITING_OFFICER], R.LAPSED, SYSTEM, E.LAPSED),
        row("reopen", [R.LAPSED], R.IN_REVIEW, P.REVIEW_REQUEST, E.REOPENED),
        row("propose", [R.IN_REVIEW], R.AWAITING_APPROVAL, P.PROPOSE_DECISION, E.PROPOSED),
        row("send_back", [R.AWAITING_APPROVAL], R.IN_REVIEW, P.APPROVE_DECISION, E.SENT_BACK),
        row("recall", [R.AWAITING_APPROVAL], R.IN_REVIEW, P.PROPOSE_DECISION, E.RECALLED),
        row("grant", [R.AWAITING_APPROVAL], R.GRANTED, P.APPROVE_DECISION, E.APPROVED),
        row("refuse", [R.AWAITING_APPROVAL], R.REFUSED, P.APPROVE_DECISION, E.REFUSED),
        row("redirect", [R.AWAITING_APPROVAL], R.REDIRECTED, P.APPROVE_DECISION, E.REDIRECTED),
        row("appeal", [R.REFUSED], R.IN_REVIEW, OWNER, E.APPEALED),
        row("narrow", [R.GRANTED], R.IN_REVIEW, P.REVIEW_REQUEST, E.NARROWED),
        row("produce", [R.GRANTED], R.PRODUCED, P.RELEASE_RECORDS, E.PRODUCED),
        # A package was stopped after the last one left: what was in it is prepared again.
        # Or the officer asked for records again whose files are deleted.
        row("prepare_again", [R.PRODUCED, R.CLOSED], R.GRANTED, P.PREPARE_RECORDS, E.PREPARED_AGAIN),
        # Two people upheld what an account holder said against it: the lines of the account are decided anew.
        row("reconsider", [R.GRANTED, R.PRODUCED], R.IN_REVIEW, SYSTEM, E.RECONSIDERED),
        row("answer", [R.GRANTED], R.CLOSED, SYSTEM, E.ANSWERED),
        row("close", [R.PRODUCED], R.CLOSED, SYSTEM, E.CLOSED),
        # It was answered before; what was asked for again is not asked for any more.
        row("close_again", [R.GRANTED], R.CLOSED, SYSTEM, E.CLOSED),
    ),
)

CLARIFICATION = Machine(
    "Clarification",
    C,
    C.OPEN,
    (
        row("answer", [C.OPEN], C.ANSWERED, OWNER, E.QUESTION_ANSWERED),
        row("cancel", [C.OPEN], C.CANCELLED, P.REVIEW_REQUEST, E.QUESTION_CANCELLED),
        row("lapse", [C.OPEN], C.LAPSED, SYSTEM, E.QUESTION_LAPSED),
    ),
)

NOTICE = Machine(
    "UserNotice",
    N,
    N.PLANNED,
    (
        row("postpone", [N.PLANNED], N.POSTPONED, SYSTEM, E.NOTICE_POSTPONED),
        row("plan", [N.POSTPONED], N.PLANNED, SYSTEM, E.NOTICE_PLANNED),
        row("send", [N.PLANNED], N.SENT, SYSTEM, E.NOTICE_SENT),
        # Something came in that forbids it before anybody took the letter: nobody was told.
        row("call_back", [N.SENT], N.PLANNED, SYSTEM, E.NOTICE_CALLED_BACK),
        row("waive", [N.PLANNED, N.POSTPONED], N.WAIVED, P.APPROVE_DECISION, E.NOTICE_WAIVED),
        row("tell_by_hand", [N.PLANNED], N.SENT, P.DECIDE_NOTICE, E.NOTICE_BY_HAND),
        row("object", [N.SENT], N.OBJECTED, P.DECIDE_NOTICE, E.NOTICE_OBJECTED),
        # Told already, and never told twice of the same.
        row("dismiss", [N.OBJECTED], N.SENT, P.APPROVE_DECISION, E.OBJECTION_DISMISSED),
        row("uphold", [N.OBJECTED], N.UPHELD, P.APPROVE_DECISION, E.OBJECTION_UPHELD),
        # Something is granted anew after that: the holder is told of it, with a new time to object.
        row("plan_again", [N.UPHELD], N.PLANNED, SYSTEM, E.NOTICE_PLANNED),
    ),
)

PACKAGE = Machine(
    "DisclosurePackage",
    K,
    K.PREPARING,
    (
        row("block", [K.PREPARING], K.BLOCKED, SYSTEM, E.PACKAGE_BLOCKED),
        row("unblock", [K.BLOCKED], K.PREPARING, P.PREPARE_RECORDS, E.PACKAGE_UNBLOCKED),
        row("seal", [K.PREPARING], K.SEALED, SYSTEM, E.PACKAGE_SEALED),
        row("release", [K.SEALED], K.RELEASED, P.RELEASE_RECORDS, E.PACKAGE_RELEASED),
        # Something is taken out before anybody releases it: what is left is sealed anew.
        row("change", [K.SEALED], K.PREPARING, P.PREPARE_RECORDS, E.PACKAGE_CHANGED),
        # A download that ended, too: what was taken is called back.
        row("revoke", [K.SEALED, K.RELEASED, K.EXPIRED, K.PURGED], K.REVOKED, P.RELEASE_RECORDS, E.PACKAGE_REVOKED),
        # A call to the agency took back what the release stood on.
        row("stop", [K.RELEASED, K.EXPIRED, K.PURGED], K.REVOKED, SYSTEM, E.PACKAGE_REVOKED),
        # Never released, and its request is reviewed again: whoever opens that again takes it back.
        row("take_back", [K.PREPARING, K.BLOCKED, K.SEALED], K.REVOKED, P.REVIEW_REQUEST, E.PACKAGE_TAKEN_BACK),
        # An objection was upheld: what nobody could download yet is dropped.
        row("drop", [K.PREPARING, K.BLOCKED, K.SEALED], K.REVOKED, SYSTEM, E.PACKAGE_TAKEN_BACK),
        row("expire", [K.RELEASED], K.EXPIRED, SYSTEM, E.PACKAGE_EXPIRED),
        # The officer asked for it again while the files are here: by a second person, like a release.
        row("reissue", [K.EXPIRED], K.RELEASED, P.RELEASE_RECORDS, E.PACKAGE_REISSUED),
        row("purge", [K.EXPIRED], K.PURGED, SYSTEM, E.PACKAGE_PURGED),
    ),
)

COUNSEL = Machine(
    "CounselReferral",
    L,
    L.OPEN,
    (
        row("answer", [L.OPEN], L.ANSWERED, P.GIVE_ADVICE, E.COUNSEL_ANSWERED),
        row("withdraw", [L.OPEN], L.WITHDRAWN, P.REVIEW_REQUEST, E.COUNSEL_WITHDRAWN),
        # The request came to its end another way: nobody waits for the answer any more.
        row("end", [L.OPEN], L.WITHDRAWN, SYSTEM, E.COUNSEL_WITHDRAWN),
    ),
)

# A notice to take content down is no request for data: it has a life of its own, in which two people sign.
TAKEDOWN = Machine(
    "TakedownNotice",
    T,
    T.RECEIVED,
    (
        row("take", [T.RECEIVED, T.IN_REVIEW], T.IN_REVIEW, P.REVIEW_REQUEST, E.TAKEDOWN_TAKEN),
        row("propose", [T.IN_REVIEW], T.PROPOSED, P.PROPOSE_DECISION, E.TAKEDOWN_PROPOSED),
        row("send_back", [T.PROPOSED], T.IN_REVIEW, P.APPROVE_DECISION, E.TAKEDOWN_SENT_BACK),
        row("comply", [T.PROPOSED], T.COMPLIED, P.APPROVE_DECISION, E.TAKEDOWN_COMPLIED),
        row("decline", [T.PROPOSED], T.DECLINED, P.APPROVE_DECISION, E.TAKEDOWN_DECLINED),
    ),
)

MACHINES = (REQUEST, CLARIFICATION, NOTICE, PACKAGE, COUNSEL, TAKEDOWN)
