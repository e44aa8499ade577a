"""The request and everything that happens to it."""

from requests_app.models.decisions import Proposal, Review
from requests_app.models.messages import CaseNote, Clarification, ClarificationReply
from requests_app.models.notices import UserNotice
from requests_app.models.orders import LegalProcess, NonDisclosureOrder, OrderVersion, RequestDocument
from requests_app.models.packages import (
    AddedRecord,
    AddedRecordLook,
    DisclosurePackage,
    DownloadGrant,
    DownloadReceipt,
    PackageItem,
    Recall,
)
from requests_app.models.requests import Assignment, DataRequest, Follower
from requests_app.models.scope import RequestLine, Target

__all__ = [
    "AddedRecord",
    "AddedRecordLook",
    "Assignment",
    "CaseNote",
    "Clarification",
    "ClarificationReply",
    "DataRequest",
    "DisclosurePackage",
    "DownloadGrant",
    "DownloadReceipt",
    "Follower",
    "LegalProcess",
    "NonDisclosureOrder",
    "OrderVersion",
    "PackageItem",
    "Proposal",
    "Recall",
    "RequestDocument",
    "RequestLine",
    "Review",
    "Target",
    "UserNotice",
]
