"""Who gets in, and who lost the second factor: both are decided by two people."""

from django.db import transaction

from accounts.models import AccessApplication, LostFactor
from accounts.services import appeals, applications, lost_factor, vetting
from tests.accounts.suspending import told
from tests.random.acts import act, once
from tests.random.world import World

ANSWERS = ("confirmed", "confirmed", "confirmed", "not_confirmed", "no_answer")
OPEN = {"asked", "identified"}


def all_applications(_world: World) -> list[AccessApplication]:
    """All applications for access."""
    return list(AccessApplication.objects.select_related("user", "agency", "reviewer").order_by("pk"))


def lost(_world: World) -> list[LostFactor]:
    """Everybody who asked for another factor."""
    return list(LostFactor.objects.select_related("user", "agency", "call").order_by("pk"))


@act("analyst", all_applications, meant=lambda row: row.status == "submitted", quiet=True)
def take_application(w, row, by, how):
    """An analyst takes an application into review."""
    vetting.take(row, by=by)


@act("analyst", all_applications, meant=lambda row: row.status == "in_review" and row.reviewer_id)
def hand_application_back(w, row, by, how):
    """Whoever reviews an application gives it back to the queue."""
    vetting.hand_back(row, by=by)


@act("analyst approver", all_applications, of=["in_review", "awaiting_approval"], quiet=True)
def call_applicant(w, row, by, how):
    """Somebody calls the agency about an applicant."""
    number = row.agency.numbers.first() if how % 4 else None
    result = ANSWERS[how % len(ANSWERS)]
    vetting.record_call_back(
        row, by=by, number=number, alternative="" if number else "interpol", result=result,
        spoke_to="" if result == "no_answer" else f"Personnel office, desk {how}",
    )  # fmt: skip


@act("analyst", all_applications, of=["in_review"])
def ask_applicant(w, row, by, how):
    """An analyst asks an applicant for more."""
    vetting.ask(row, text="Your card cannot be read.", by=by)


@act("self", all_applications, of=["action_needed"])
def send_again(w, row, by, how):
    """The applicant answers, and sends the application again."""
    with transaction.atomic():
        row = applications.save_proof(row, by=by, explanation=f"My card, seen from both sides, {how}.")
        applications.submit(row, by=by, guidelines=w.guidelines)


@act("self", all_applications, of=["submitted", "in_review", "action_needed", "awaiting_approval"])
def withdraw_application(w, row, by, how):
    """The applicant does not want it any more."""
    applications.withdraw(row, by=by)


def _confirmed(row):
    return row.status in {"in_review", "awaiting_approval"} and row.call_backs.filter(result="confirmed").exists()


@act("analyst", all_applications, meant=lambda row: row.status == "in_review" and _confirmed(row))
def recommend(w, row, by, how):
    """An analyst recommends that somebody is let in."""
    vetting.recommend(row, reason="The agency knows her", by=by)


@act("approver", all_applications, of=["awaiting_approval"])
def send_application_back(w, row, by, how):
    """A second person wants more work done."""
    vetting.send_back(row, reason="Call again", by=by)


@act("analyst approver", all_applications, meant=_confirmed)
def let_in(w, row, by, how):
    """Somebody is let in: by a second person, or by one where nothing speaks against it."""
    vetting.approve(row, reason="Known, and confirmed", by=by)
    w.notes.agency[w.name(row.user_id)] = w.agency_names[row.agency_id]


@act("analyst approver", all_applications, of=["in_review", "awaiting_approval"])
def decline_application(w, row, by, how):
    """Somebody is not let in."""
    vetting.decline(row, reason="Nobody there knows the name", by=by)


@act("self", all_applications, of=["rejected"])
def appeal_application(w, row, by, how):
    """The applicant asks that others look again."""
    appeals.appeal(row, text="The personnel office was closed when you called.", by=by)


@act("anybody", once, quiet=True)
def lose_factor(w, _nothing, by, how):
    """Somebody says that phone and key are gone."""
    lost_factor.ask(by, reason="Stolen on the train")


@act("analyst approver", lost, meant=lambda case: case.status in OPEN and not case.of_staff, quiet=True)
def call_about_factor(w, case, by, how):
    """Somebody calls the agency of an officer who lost it."""
    result = ANSWERS[how % len(ANSWERS)]
    spoke = "" if result == "no_answer" else f"Personnel office, desk {how}"
    lost_factor.record_call(case, told(case.agency or w.agencies["north"], result=result, spoke_to=spoke), by=by)


@act("administrator approver", lost, meant=lambda case: case.status in OPEN and case.of_staff)
def recognise(w, case, by, how):
    """A colleague says how they knew who asks."""
    lost_factor.recognise(case, how="We sat at one table.", by=by)


@act("administrator approver", lost, of=["identified"])
def reset_factor(w, case, by, how):
    """A second person removes every factor."""
    lost_factor.reset(case, reason="The agency confirmed", by=by)


@act("analyst administrator approver", lost, of=["asked", "identified"])
def refuse_reset(w, case, by, how):
    """One person refuses."""
    lost_factor.refuse(case, reason="Nobody confirmed", by=by)


@act("self", lost, of=["asked", "identified"])
def withdraw_lost(w, case, by, how):
    """It was found again."""
    lost_factor.withdraw(case, by=by)
