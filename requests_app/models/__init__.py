"""The request and everything that happens to it."""

from requests_app.models.alerts import EmergencyAlert
from requests_app.models.breaches import Breach, BreachStep
from requests_app.models.collecting import CollectedFile, LineExport
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
from requests_app.models.emergencies import EmergencyCase, RotaDuty, RotaStep, UrgentContact
from requests_app.models.figures import Figures
from requests_app.models.incoming import ImportBatch, ImportLine, IncomingMessage, TakedownNotice
from requests_app.models.messages import (
    Amendment,
    AnswerDraft,
    CaseNote,
    Clarification,
    ClarificationReply,
    ThreadRead,
)
from requests_app.models.notices import AccountFacts, RestrictionQuestion, UserNotice
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
from requests_app.models.releasing import (
    Certificate,
    CostNote,
    DestructionAsk,
    IssuedFile,
    LaterAsk,
    MistakenDisclosure,
    PaperLook,
    RecipientCopy,
    SigningIdentity,
)
from requests_app.models.requests import Assignment, DataRequest, Follower, HandOver
from requests_app.models.scope import (
    FreezeExtension,
    FreezeLift,
    FreezeOrder,
    FreezeResult,
    RequestLine,
    Target,
    TargetChange,
    TargetImport,
)
from requests_app.models.unusual import UnusualFinding, UnusualReport

__all__ = [
    "AccountFacts",
    "AddedRecord",
    "AddedRecordLook",
    "Amendment",
    "AnswerDraft",
    "Assignment",
    "Breach",
    "BreachStep",
    "CaseNote",
    "Certificate",
    "Clarification",
    "ClarificationReply",
    "CollectedFile",
    "ComparedRequest",
    "CostNote",
    "CounselReferral",
    "DataRequest",
    "DecisionLetter",
    "DestructionAsk",
    "DisclosurePackage",
    "DownloadGrant",
    "DownloadReceipt",
    "EmergencyAlert",
    "EmergencyCase",
    "Figures",
    "Follower",
    "FreezeExtension",
    "FreezeLift",
    "FreezeOrder",
    "FreezeResult",
    "HandOver",
    "ImportBatch",
    "ImportLine",
    "IncomingMessage",
    "IssuedFile",
    "LaterAsk",
    "LegalProcess",
    "LineExport",
    "MatchAlarm",
    "MistakenDisclosure",
    "NonDisclosureOrder",
    "OrderUse",
    "OrderVersion",
    "PackageItem",
    "PackageLine",
    "PaperLook",
    "Presence",
    "Proposal",
    "Recall",
    "RecipientCopy",
    "RequestDocument",
    "RequestLine",
    "RestrictionQuestion",
    "Review",
    "RotaDuty",
    "RotaStep",
    "RoutingRule",
    "SavedView",
    "SigningIdentity",
    "StoredSearch",
    "TakedownNotice",
    "Target",
    "TargetChange",
    "TargetImport",
    "TextTemplate",
    "ThreadRead",
    "UnusualFinding",
    "UnusualReport",
    "UrgentContact",
    "UserNotice",
]
