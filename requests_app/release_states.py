"""The lives beside a package as tables: its certificate, its recall, what is asked for later."""

from accounts.permissions import Permission as P
from foundation.core.workflow import Machine, Nobody, row
from requests_app.events import Event as E
from requests_app.release_enums import CertificateStatus as C
from requests_app.release_enums import DestructionStatus as D
from requests_app.release_enums import LaterStatus as L
from requests_app.release_enums import RecallStatus as R

CERTIFICATE = Machine(
    "Certificate",
    C,
    C.DRAFT,
    (
        row("sign", [C.DRAFT], C.SIGNED, P.SIGN_CERTIFICATE, E.CERTIFICATE_SIGNED),
        row("discard", [C.DRAFT], C.DISCARDED, P.SIGN_CERTIFICATE, E.CERTIFICATE_DISCARDED),
        # What was signed stands no longer: the check page says so from then on.
        row("withdraw", [C.SIGNED], C.WITHDRAWN, P.SIGN_CERTIFICATE, E.CERTIFICATE_WITHDRAWN),
        # The seal was taken off: it states hashes of files that are not in the package any more.
        row("lapse", [C.DRAFT], C.DISCARDED, Nobody.SYSTEM, E.CERTIFICATE_DISCARDED),
        row("void", [C.SIGNED], C.WITHDRAWN, Nobody.SYSTEM, E.CERTIFICATE_WITHDRAWN),
    ),
)

RECALL = Machine(
    "Recall",
    R,
    R.WAITING,
    (
        row("confirm", [R.WAITING], R.ASKED, P.RELEASE_RECORDS, E.RECALL_CONFIRMED),
        row("drop", [R.WAITING], R.DROPPED, P.RELEASE_RECORDS, E.RECALL_DROPPED),
        row("settle", [R.WAITING, R.ASKED], R.DONE, Nobody.SYSTEM, E.RECALL_SETTLED),
    ),
)

DESTRUCTION = Machine(
    "DestructionAsk",
    D,
    D.ASKED,
    (
        # Whoever took the records says so; staff write down what came by phone or letter.
        row("destroy", [D.ASKED, D.KEPT], D.DESTROYED, P.SEE_OWN_REQUESTS, E.DESTRUCTION_CONFIRMED),
        row("keep", [D.ASKED], D.KEPT, P.SEE_OWN_REQUESTS, E.DESTRUCTION_REFUSED),
        row("note_destroyed", [D.ASKED, D.KEPT], D.DESTROYED, P.RELEASE_RECORDS, E.DESTRUCTION_CONFIRMED),
        row("note_kept", [D.ASKED], D.KEPT, P.RELEASE_RECORDS, E.DESTRUCTION_REFUSED),
        row("excuse", [D.ASKED, D.KEPT], D.EXCUSED, P.RELEASE_RECORDS, E.DESTRUCTION_EXCUSED),
    ),
)

LATER = Machine(
    "LaterAsk",
    L,
    L.OPEN,
    (
        row("do", [L.OPEN], L.DONE, P.PREPARE_RECORDS, E.LATER_DONE),
        row("decline", [L.OPEN], L.DECLINED, P.PREPARE_RECORDS, E.LATER_DECLINED),
        row("withdraw", [L.OPEN], L.WITHDRAWN, P.FILE_REQUEST, E.LATER_WITHDRAWN),
    ),
)

MACHINES = (CERTIFICATE, RECALL, DESTRUCTION, LATER)
