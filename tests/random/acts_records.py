"""What leaves: notices, packages, downloads, and calling back."""

from requests_app.models import DestructionAsk, DisclosurePackage, LaterAsk, Recall, UserNotice
from requests_app.services import (
    added_records,
    building,
    destruction,
    downloads,
    later,
    notices,
    objections,
    packages,
    paper_looks,
    recalls,
    reissuing,
    waivers,
)
from tests.random.acts import act, requests
from tests.random.world import World, now


def all_notices(_world: World) -> list[UserNotice]:
    """All notices to account holders."""
    return list(UserNotice.objects.select_related("data_request").order_by("pk"))


def all_packages(_world: World) -> list[DisclosurePackage]:
    """All packages."""
    rows = DisclosurePackage.objects.select_related(
        "data_request__officer", "data_request__agency", "data_request__provider", "archive", "letter", "manifest"
    )
    return list(rows.order_by("pk"))


def all_recalls(_world: World) -> list[Recall]:
    """All recalls."""
    return list(Recall.objects.select_related("package__data_request").order_by("pk"))


def all_asks(_world: World) -> list[DestructionAsk]:
    """Everybody who is asked to destroy records."""
    return list(DestructionAsk.objects.select_related("recall__package__data_request").order_by("pk"))


def all_later(_world: World) -> list[LaterAsk]:
    """All that was asked for on answered requests."""
    return list(LaterAsk.objects.select_related("data_request").order_by("pk"))


@act("analyst approver", all_notices, of=["planned", "postponed"])
def propose_waiver(w, notice, by, how):
    """Somebody asks that a holder is never told."""
    notices.propose_waiver(notice, reason="A child is at risk.", by=by)


@act("approver", all_notices, meant=lambda n: n.waived_by_id and n.status in {"planned", "postponed"})
def waive(w, notice, by, how):
    """A second person approves it."""
    notices.waive(notice, by=by)


@act("analyst approver", all_notices, meant=lambda n: n.waived_by_id and n.status in {"planned", "postponed"})
def decline_waiver(w, notice, by, how):
    """Somebody takes the proposal away."""
    waivers.decline(notice, reason="No child is named.", by=by)


@act("analyst approver", all_notices, of=["sent"])
def object_(w, notice, by, how):
    """What an account holder said is written down."""
    objections.record_objection(notice, words="This was not me.", ticket="T-7", said_at=now(), by=by)


@act("approver", all_notices, of=["objected"])
def dismiss(w, notice, by, how):
    """A second person decides that the records may be given all the same."""
    objections.dismiss(notice, reason="The order binds.", by=by)


@act("approver", all_notices, of=["objected"])
def uphold(w, notice, by, how):
    """A second person decides that the holder is right."""
    objections.uphold(notice, reason="It is another person.", by=by)


def _granted(row):
    return row.kind != "freeze" and row.status in {"granted", "produced", "closed"}


@act("analyst", requests, meant=_granted, quiet=True)
def prepare(w, row, by, how):
    """An analyst has a package built."""
    packages.start(row, by=by)


@act("system", all_packages, of=["preparing"], quiet=True)
def build(w, package, by, how):
    """A worker builds a package; now and then the company's systems give more than was granted."""
    w.company.rows = ["{account},2001-01-01T00:00:00Z,10"] if how % 5 == 4 else []
    building.build(package.pk)
    w.company.rows = []


@act("analyst", all_packages, of=["blocked"], quiet=True)
def build_again(w, package, by, how):
    """An analyst has a blocked package go on."""
    packages.build_again(package, by=by)


@act("analyst", all_packages, of=["preparing", "blocked", "sealed"])
def take_package_back(w, package, by, how):
    """An analyst drops a package that nobody could download yet."""
    packages.take_back(package, reason="Other lines", by=by)


@act("analyst approver counsel dpo custodian auditor", all_packages, of=["sealed", "expired"], quiet=True)
def read_papers(w, package, by, how):
    """Somebody looks at the letter and at what was added by hand: whoever releases must have."""
    for document, _words in paper_looks.papers(package):
        paper_looks.note_look(package, document, by=by)
    for added in added_records.in_package(package):
        added_records.looked(added, by=by)


@act("approver", all_packages, of=["sealed"])
def release(w, package, by, how):
    """A second person lets the officer download."""
    packages.release(package, by=by)


@act("approver", all_packages, of=["sealed", "released", "expired", "purged"])
def stop(w, package, by, how):
    """One person stops downloads at once."""
    cause = ["wrong_account", "wrong_recipient", "narrowed"][how % 3]
    packages.revoke(package, cause=cause, reason="Another person's", by=by)


@act("approver", all_packages, of=["expired"])
def reissue(w, package, by, how):
    """A second person opens a download again."""
    reissuing.reissue(package, by=by)


@act("approver", all_recalls, of=["waiting"])
def confirm_recall(w, recall, by, how):
    """A second person has everybody asked to destroy what they took."""
    recalls.confirm(recall, by=by)


@act("approver", all_recalls, of=["waiting"])
def drop_recall(w, recall, by, how):
    """A second person decides that nobody is asked."""
    recalls.drop(recall, reason="Nobody took it.", by=by)


@act("officer", all_asks, of=["asked", "kept"])
def answer_recall(w, ask, by, how):
    """Somebody says what became of what they took."""
    destruction.answer(ask, destroyed=how % 2 == 0, words="Wiped, seen by a colleague.", by=by)


@act("owner follower reader", all_packages, of=["released"], quiet=True)
def open_download(w, package, by, how):
    """Somebody opens a download."""
    downloads.open_grant(package, user=by, session=f"session of {by.pk}")


@act("owner follower reader", all_packages, of=["released"])
def show_passphrase(w, package, by, how):
    """Somebody has the passphrase shown."""
    downloads.show_passphrase(package, user=by)


@act("owner follower reader", all_packages, of=["released", "expired"])
def download(w, package, by, how):
    """Somebody takes the archive, or the letter."""
    kind = [downloads.Kind.ARCHIVE, downloads.Kind.LETTER][how % 2]
    document = package.archive if kind == downloads.Kind.ARCHIVE else package.letter
    if why := downloads.refusal(package, user=by, at=now(), kind=kind):
        raise downloads.DownloadRefused(why)
    transfer = downloads.Transfer(package, document, by, length=9, kind=kind)
    for _chunk in downloads.receipted(transfer, [b"abc", b"def", b"ghi"]):
        pass


@act("owner", all_later, of=["open"])
def withdraw_later(w, ask, by, how):
    """The officer no longer wants it."""
    later.withdraw(ask, by=by)


@act("analyst approver", all_later, of=["open"])
def decline_later(w, ask, by, how):
    """Staff say no, with a reason."""
    later.decline(ask, words="The records are deleted.", by=by)
