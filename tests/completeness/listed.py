"""What may change without an entry about it, and why: each a sentence, so that the list cannot grow by itself."""

# Tables that no trigger watches: they are the trail, or Django's own book of migrations.
UNWATCHED = frozenset(
    {"audit_auditevent", "audit_auditleaf", "audit_auditnode", "audit_checkpoint", "audit_auditanchor"}
    | {"django_migrations", "django_content_type", "auth_permission"}
)

_JOB = "a job's own book-keeping: who has it until when, how often it was tried"
_JOB_COLUMNS = ("attempts", "claimed_until", "due_at", "finished_at", "last_error", "state")
_ARRIVES = "written while the bytes arrive; that the file was received has its entry, with size and hash"
_PROGRESS = "how far a running job is; what it comes to has its entry"
_SESSION = "how a session goes on; signing in, a factor shown, signing out and ending it have entries of their own"
_CLOCK = "when the row is looked at next: follows from its deadlines"

# Columns that may change alone, by table; what else changes in the same row must be told.
COLUMNS: dict[str, dict[str, str]] = {
    "accounts_user": {
        "last_login": "Django's own: the sign-in has its entry",
        "search_text": "follows from the name and the address",
    },
    "accounts_agencymembership": {"look_at": _CLOCK},
    "accounts_accessapplication": {"document_marks": "what the file that was sent says of its origin, read anew"},
    "accounts_vettingsignal": {
        **dict.fromkeys(_JOB_COLUMNS, _JOB),
        **dict.fromkeys(
            ("checked_at", "evidence", "explanation", "outcome"),
            "a machine's answer about what was sent; one that differs from its answer before has its entry",
        ),
    },
    "requests_app_accountfacts": dict.fromkeys(
        ("read_at", "traits", "linked", "contact_changed_at"),
        "a copy of what the company's systems said of an account, read again before it is used",
    ),
    "accounts_usersession": dict.fromkeys(
        ("session_data", "expire_date", "form_hash", "started_at", "user_id", "verified", "ended_at"), _SESSION
    ),
    "documents_document": {
        **dict.fromkeys(("attempts", "claimed_until", "due_at", "last_error"), _JOB),
        **dict.fromkeys(("size", "sha256", "crc32"), _ARRIVES),
        "rescan_at": _CLOCK,
    },
    "documents_sanitisedcopy": dict.fromkeys(
        ("size", "sha256"), "written while the copy is made; that the file was inspected has its entry, which names it"
    ),
    "notifications_outboundmessage": {
        **dict.fromkeys(_JOB_COLUMNS, _JOB),
        "handing_over_since": _JOB,
        "handed_over_again": _JOB,
        "read_at": "the reader opened their own message in their own inbox",
        "gathered_in_id": "which digest takes the message with it; the digest's sending has its entry",
    },
    "accounts_authenticatorapp": dict.fromkeys(
        ("throttling_failure_count", "throttling_failure_timestamp"), "a wrong code, whose refusal has its entry"
    ),
    "preservation_preservationhold": {
        "work_at": _CLOCK,
        "snapshot": "what each account's answer says so far; that it was kept, changed or deleted has its entry",
    },
    "providers_connectorjob": dict.fromkeys(_JOB_COLUMNS, _JOB),
    "requests_app_decisionletter": dict.fromkeys(_JOB_COLUMNS, _JOB),
    # Its state is the job's; its status is the package's.
    "requests_app_disclosurepackage": dict.fromkeys(_JOB_COLUMNS, _JOB),
    "requests_app_emergencyalert": dict.fromkeys(
        ("step", "next_page_at"), "whom the next page goes to; each page is a mail, whose sending has its entry"
    ),
    "requests_app_review": dict.fromkeys(
        ("terms", "lock_version", "updated_at"),
        "a decision while it is written; what is proposed has its entry and hash",
    ),
    "requests_app_targetimport": {
        **dict.fromkeys(_JOB_COLUMNS, _JOB),
        **dict.fromkeys(("done", "total"), _PROGRESS),
    },
    "requests_app_lineexport": {
        **dict.fromkeys(_JOB_COLUMNS, _JOB),
        **dict.fromkeys(("progress_at", "files_expected", "files_done", "rows_done", "bytes_done"), _PROGRESS),
    },
}

# Tables whose rows need none.
TABLES: dict[str, str] = {
    "providers_demofreeze": "the sample company's own book, not the portal's",
    "accounts_throttle": "counters of limits; what a limit refuses has its entry where it is refused",
    "accounts_browserreport": "what browsers say they blocked: nobody's act, and anybody can send one",
    "documents_upload": "how many bytes have arrived; that the file was received has its entry, with size and hash",
    "accounts_keptform": "what somebody typed, sealed with their own key, while they show their factor again",
    "notifications_pulse": "that a worker is alive, every few seconds; what stops beating raises an alarm",
    "requests_app_figures": "sums that are counted anew from what is there",
    "requests_app_presence": "who has a page open just now; that they looked has its entry",
    "notifications_deliveryattempt": "each try to hand a mail over; sending it, and giving it up, have their entries",
    "django_otp_webauthn_webauthnuserhandle": "a random number for the browser; a passkey that is set up has its entry",
    "notifications_remindermark": "that a reminder was given; it is a mail, whose sending has its entry",
    "requests_app_targetchange": "what the last change can be undone to; the change itself has its entry",
}

# Rows whose own entry, or that of what they belong to, comes in another transaction.
TOLD_LATER: dict[str, str] = {
    "accounts_usersession": "a session is there before anybody signs in with it",
    "documents_document": "a file is there while its bytes arrive; that it was received has its entry",
    "documents_sanitisedcopy": "a copy counts once its file is inspected, which has an entry",
    "documents_documentpage": "pictures of a page; that the file was previewed has its entry",
    "notifications_outboundmessage": "a mail that waits; its sending, failing or giving up has its entry",
    "requests_app_accountfacts": "a copy of what the company's systems answered; who asked has an entry",
    "requests_app_collectedfile": "files as they are collected; that all were collected has its entry",
    "requests_app_downloadreceipt": "written before the first byte; how the download ended has its entry",
    "requests_app_review": "an empty sheet of checks; each check has its entry",
}

# Rows that go without an entry, each by a statement with these words.
GONE: dict[str, tuple[str, str]] = {
    "accounts_usersession": ('"user_id" IS NULL', "of somebody who had not signed in; it is exchanged at the sign-in"),
    "documents_document": ("DELETE", "a file that was never received: nothing else deletes the row of one"),
    "documents_documentpage": ("DELETE", "pictures of a page, which are made anew; the file itself stays"),
}

# One entry for several rows: a list that was loaded, told with its name, version and count; a call or a suspension,
# told of the person, agency or request that it is about; a company that is set up with all that belongs to it.
SUMMARIES: dict[str, frozenset[str]] = {
    "legal.catalogue_loaded": frozenset({"legal_jurisdiction", "legal_processtype"}),
    "provider.set_up": frozenset({"legal_workcalendar", "legal_calendarversion"}),
    "access.call_back_recorded": frozenset({"accounts_callback"}),
    "request.call_back_recorded": frozenset({"accounts_callback"}),
    "hold.call_recorded": frozenset({"accounts_callback"}),
    "access.suspended": frozenset({"accounts_suspension", "accounts_lookbackitem"}),
    # Ends the sessions of everybody of the agency and lists what they did for the look-back.
    "agency.suspended": frozenset({"accounts_suspension", "accounts_lookbackitem", "accounts_user"}),
    "lost_factor.reset": frozenset({"accounts_authenticatorapp", "accounts_recoverycode"}),
    "factor.enrolled": frozenset({"django_otp_webauthn_webauthnattestation"}),
    "factor.removed": frozenset({"django_otp_webauthn_webauthnattestation"}),
    "request.searched_for": frozenset({"requests_app_storedsearch"}),
    # The row names its entry, which is about the request or hold.
    "receipt.issued": frozenset({"accounts_filingreceipt"}),
    "receipt.words_deleted": frozenset({"accounts_filingreceipt"}),
    "agency.imported": frozenset({"accounts_agency"}),
    "agency.domains_imported": frozenset({"accounts_agencydomain"}),
}
