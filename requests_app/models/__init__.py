"""The request and everything that happens to it."""

from requests_app.models.alerts import EmergencyAlert
from requests_app.models.counsel import CounselReferral
from requests_app.models.decisions import DecisionLetter, Proposal, Review, TextTemplate
from requests_app.models.desk import (
    ComparedRequest,
    MatchAlarm,
    Presence,
    RoutingRule,
    SavedView,
    StoredSearch,
)
from requests_app.models.messages import (
    Amendment,
    AnswerDraft,
    CaseNote,
    Clarification,
    ClarificationReply,
    ThreadRead,
)
from requests_app.models.notices import UserNotice
from requests_app.models.orders import LegalProcess, NonDisclosureOrder, OrderUse, OrderVersion, RequestDocument
from requests_app.models.packages import (
    AddedRecord,
    AddedRecordLook,
    DisclosurePackage,
    DownloadGrant,
    DownloadReceipt,
    PackageItem,
    PackageLine,
    Recall,
)
from requests_app.models.requests import Assignment, DataRequest, Follower, HandOver
from requests_app.models.scope import FreezeOrder, FreezeResult, RequestLine, Target, TargetChange, TargetImport

__all__ = [
    "AddedRecord",
    "AddedRecordLook",
    "Amendment",
    "AnswerDraft",
    "Assignment",
    "CaseNote",
    "Clarification",
    "ClarificationReply",
    "ComparedRequest",
    "CounselReferral",
    "DataRequest",
    "DecisionLetter",
    "DisclosurePackage",
    "DownloadGrant",
    "DownloadReceipt",
    "EmergencyAlert",
    "Follower",
    "FreezeOrder",
    "FreezeResult",
    "HandOver",
    "LegalProcess",
    "MatchAlarm",
    "NonDisclosureOrder",
    "OrderUse",
    "OrderVersion",
    "PackageItem",
    "PackageLine",
    "Presence",
    "Proposal",
    "Recall",
    "RequestDocument",
    "RequestLine",
    "Review",
    "RoutingRule",
    "SavedView",
    "StoredSearch",
    "Target",
    "TargetChange",
    "TargetImport",
    "TextTemplate",
    "ThreadRead",
    "UserNotice",
]
