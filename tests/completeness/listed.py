"""What may change without an entry about it, and why: each a sentence, so that the list cannot grow by itself."""

# Tables that no trigger watches: they are the trail, or Django's own book of migrations.
UNWATCHED = frozenset(
    {"audit_auditevent", "audit_auditleaf", "audit_auditnode", "audit_checkpoint", "audit_auditanchor"}
    | {"django_migrations", "django_content_type", "auth_permission"}
)

_JOB = "a job's own book-keeping: who has it until when, how often it was tried"
_JOB_COLUMNS = ("attempts", "claimed_until", "due_at", "finished_at", "last_error", "state")

# Columns that may change alone, by table; what else changes in the same row must be told.
COLUMNS: dict[str, dict[str, str]] = {
    "accounts_user": {
        "last_login": "Django's own: the sign-in has its entry",
        "search_text": "follows from the name and the address",
    },
    "notifications_outboundmessage": {
        **dict.fromkeys(_JOB_COLUMNS, _JOB),
        "handing_over_since": _JOB,
        "handed_over_again": _JOB,
        "read_at": "the reader opened their own message in their own inbox",
        "gathered_in_id": "which digest takes the message with it; the digest's sending has its entry",
    },
    "providers_connectorjob": dict.fromkeys(_JOB_COLUMNS, _JOB),
    "accounts_agencymembership": {"look_at": "when the clocks of the membership are looked at next: follows from them"},
}

# Tables whose rows need none.
TABLES: dict[str, str] = {
    "providers_demofreeze": "the sample company's own book, not the portal's",
    "accounts_throttle": "counters of limits; what a limit refuses has its entry where it is refused",
}

# Rows that an act makes for something else to be done later: any entry of the same transaction tells of the act.
CONSEQUENCES: dict[str, str] = {
    "notifications_outboundmessage": "a mail that an act wants sent; its sending has an entry of its own",
    "requests_app_accountfacts": "a copy of what the company's systems answered; the act that asked has its entry",
    "notifications_deliveryattempt": "the mail server's answer beside the message's own entry",
}

# One entry for several rows: a list that was loaded, told with its name, version and count; a call or a suspension,
# told of the person, agency or request that it is about; a company that is set up with all that belongs to it.
SUMMARIES: dict[str, frozenset[str]] = {
    "legal.catalogue_loaded": frozenset({"legal_jurisdiction", "legal_processtype"}),
    "provider.set_up": frozenset({"legal_workcalendar", "legal_calendarversion"}),
    "access.call_back_recorded": frozenset({"accounts_callback"}),
    "request.call_back_recorded": frozenset({"accounts_callback"}),
    "access.suspended": frozenset({"accounts_suspension", "accounts_lookbackitem"}),
    "agency.imported": frozenset({"accounts_agency"}),
    "agency.domains_imported": frozenset({"accounts_agencydomain"}),
}
