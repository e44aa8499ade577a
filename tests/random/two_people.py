"""Nothing that takes two people was done by one: asked of the rows alone, whatever a guard or a constraint says."""

from django.db.models import F, Q

from accounts.models import AccessApplication, CallBack, LostFactor, RoleChange, Suspension
from preservation.models import HoldExtension
from requests_app.models import (
    DataRequest,
    DisclosurePackage,
    DownloadGrant,
    DownloadReceipt,
    FreezeExtension,
    FreezeLift,
    FreezeOrder,
    Proposal,
    Recall,
    UserNotice,
)
from tests.random.found import Found

# What two people do together: whose rows, which of them are done, the first and the second person, and the words.
_PAIRS = (
    (Proposal, Q(status="approved"), "proposed_by", "signed_by", "proposed and signed"),
    (DisclosurePackage, Q(released_at__isnull=False), "prepared_by", "released_by", "prepared and released a package"),
    (HoldExtension, Q(status="granted"), "requested_by", "decided_by", "asked for an extension and granted it"),
    (FreezeOrder, Q(confirmed_at__isnull=False), "recorded_by", "confirmed_by", "recorded a freeze and confirmed it"),
    (FreezeLift, Q(confirmed_at__isnull=False), "recorded_by", "confirmed_by", "recorded a lift and confirmed it"),
    (FreezeExtension, Q(confirmed_at__isnull=False), "checked_by", "confirmed_by", "checked an order and confirmed it"),
    (UserNotice, Q(status="waived"), "waived_by", "waiver_approved_by", "asked for a waiver and approved it"),
    (UserNotice, Q(objection_decided_at__isnull=False), "objection_recorded_by", "objection_decided_by",
     "wrote an objection down and decided it"),
    (Recall, Q(status="asked"), "called_by", "confirmed_by", "stopped a package and confirmed its recall"),
    (RoleChange, Q(status="confirmed"), "proposed_by", "decided_by", "proposed a role and confirmed it"),
    (Suspension, Q(lifted_at__isnull=False), "suspended_by", "lifted_by", "took access and gave it back"),
    (CallBack, Q(seconded_at__isnull=False), "called_by", "seconded_by", "made a call and vouched for it"),
)  # fmt: skip


def check() -> None:
    """Raise Found for anything that one person did alone."""
    for kind, done, first, second, words in _PAIRS:
        alone = Q(**{first: F(second)}) | Q(**{first: None}) | Q(**{second: None})
        if kind.objects.filter(done & alone).exists():
            raise Found(f"one person {words}")
    own = Q(user=F("proposed_by")) | Q(user=F("decided_by"))
    if RoleChange.objects.filter(own, status="confirmed").exists():
        raise Found("somebody had a hand in a change of their own roles")
    for kind in (DownloadGrant, DownloadReceipt):
        if kind.objects.filter(package__released_by=None).exists():
            raise Found(f"a {kind.__name__} of a package that nobody released")
    held = FreezeOrder.objects.filter(lifted_at__isnull=False, lift__confirmed_by=None)
    if held.exists():
        raise Found("assets were given back, and nobody confirmed it")
    _let_in()


def _let_in() -> None:
    """Nobody is let in, or set up anew, by one person alone or by themselves."""
    for case in LostFactor.objects.filter(status__in=["reset", "done"]):
        if len({case.user_id, case.identified_by_id, case.decided_by_id, None}) != 4:
            raise Found("a factor was reset without two other people")
    for row in AccessApplication.objects.filter(status="approved"):
        calls = row.call_backs.filter(result="confirmed")
        if not calls.exists() or row.decided_by_id in {None, row.user_id, row.recommended_by_id}:
            raise Found(f"{row.reference} was let in without a call or a second person")
        callers = set(calls.values_list("called_by", flat=True))
        alone = row.recommended_by_id is None and callers == {row.decided_by_id}
        if alone and (row.verdict != "known_agency" or not calls.filter(number__isnull=False).exists()):
            raise Found(f"{row.reference} was let in by one person alone")
        if row.appealed_at and row.decisions.filter(
            made_by=row.decided_by, made_at__lt=row.appealed_at, act__in=["decline", "recommend", "approve"]
        ).exists():  # fmt: skip
            raise Found(f"{row.reference} was let in by who declined it")


def confirmed(request: int) -> None:
    """Records of an emergency are granted once the agency and a supervisor have confirmed it."""
    row = DataRequest.objects.get(pk=request)
    if row.kind != "emergency" or not row.lines.filter(decision="produce").exists():
        return
    for purpose in ("request", "supervisor"):
        said = CallBack.objects.filter(about_reference=row.reference, purpose=purpose)
        counted = said.filter(result="confirmed").exclude(number=None, seconded_at=None)
        last = said.exclude(result="no_answer").order_by("-called_at", "-pk").first()
        if not counted.exists() or last is None or last.result == "not_confirmed":
            raise Found(f"{row.reference} was granted, and {purpose} is not confirmed")
