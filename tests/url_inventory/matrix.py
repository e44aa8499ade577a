"""Who may come to which address. Written down by hand and read by people: a new address needs a line here.

Everybody who is not in a line is turned away: to the sign-in, with 403 (staff on a page of staff) or with 404.
"""

from tests.url_inventory.visitors import OFFICERS, STAFF, VISITORS

EVERYBODY = frozenset(VISITORS)
SIGNED_IN = EVERYBODY - {"anonymous"}
VERIFIED = SIGNED_IN - {"half", "newcomer"}
ALL_OFFICERS = frozenset(OFFICERS)
OWNER = frozenset({"owner"})
CASE = frozenset({"owner", "lead"})

QUEUE = frozenset({"analyst", "approver", "counsel", "dpo", "custodian", "auditor"})
ANALYST = frozenset({"analyst"})
APPROVER = frozenset({"approver"})
ALL_STAFF = frozenset(STAFF)

MATRIX: dict[str, frozenset[str]] = {
    "healthz": EVERYBODY,
    "readyz": EVERYBODY,
    "demo_mail": EVERYBODY,
    "demo_mail_detail": EVERYBODY,
    "public:home": EVERYBODY,
    "public:guidelines": EVERYBODY,
    "public:emergency": EVERYBODY,
    "public:privacy": EVERYBODY,
    "public:accessibility": EVERYBODY,
    "public:contact": EVERYBODY,
    "public:security": EVERYBODY,
    "officer:requests": ALL_OFFICERS,
    "officer:request": CASE,
    "officer:received": OWNER,
    "officer:sent": CASE,
    "officer:question": CASE,
    "officer:withdraw": OWNER,
    "officer:file": CASE,
    "officer:draft_new": ALL_OFFICERS,
    "officer:draft": OWNER,
    "officer:draft_delete": OWNER,
    "officer:draft_file": OWNER,
    "officer:step_identifiers": OWNER,
    "officer:step_documents": OWNER,
    "officer:step_legal_process": OWNER,
    "officer:step_facts": OWNER,
    "officer:step_records": OWNER,
    "officer:step_notice": OWNER,
    "officer:check": OWNER,
    "officer:emergency_new": ALL_OFFICERS,
    "officer:emergency": OWNER,
}
