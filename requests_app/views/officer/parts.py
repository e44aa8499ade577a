"""What the pages of a draft's parts share: how one is drawn, what is still missing in it, and where to go from it."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone

from accounts.kept_forms import keep_typed
from requests_app.deadlines import draft_kept_until
from requests_app.forms.draft import LATER, StepForm
from requests_app.models import DataRequest
from requests_app.services import preflight
from requests_app.services.preflight import Facts, Finding, Step
from requests_app.views.officer.answers import TITLES
from requests_app.views.officer.scope_words import scope_table


def part_page(
    request: HttpRequest, draft: DataRequest, part: Step, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    """Draw one part, with what is still missing in it: beside the form where the part is one form."""
    template = f"officer/step_{part.name.lower()}.html"
    shown = {"draft": draft, "title": TITLES[part], "following": next_url(draft, part)}
    return render(request, template, shown | still(draft, part, context.get("form")) | context, status=status)


def live(request: HttpRequest, draft: DataRequest, part: Step, form: StepForm) -> HttpResponse:
    """Answer somebody who is still typing with what is missing in this part. Saves nothing, notes nothing."""
    form.is_valid()
    unread = [text for texts in form.errors.values() for text in texts]
    return render(request, "officer/_live.html", {"draft": draft, "unread": unread} | still(draft, part, form))


def still(draft: DataRequest, part: Step, form: Any) -> dict[str, Any]:
    """Return, for a page, the findings of one part, of what is typed where a form was sent, else of what is stored."""
    at = timezone.now()
    facts, unread = preflight.read(draft, at=at), set[str]()
    if isinstance(form, StepForm) and form.is_bound:
        unread = set(form.errors)
        facts = form.overlay(facts)
    found = [f for f in preflight.check(facts, at) if f.step == part and f.field not in unread]
    return {"findings": found, **_split(found), "beside": isinstance(form, StepForm), **_scope(part, facts)}


def _split(found: list[Finding]) -> dict[str, Any]:
    return {
        "missing": [finding for finding in found if finding.blocks],
        "hints": [finding for finding in found if not finding.blocks],
    }


def _scope(part: Step, facts: Facts) -> dict[str, Any]:
    return {"scope": scope_table(facts)} if part == Step.RECORDS else {}


def onward(request: HttpRequest, draft: DataRequest, part: Step, *, lost: list[str] | None = None) -> HttpResponse:
    """Go to the next part, or leave for now. What could not be read is kept as typed until the part is opened again."""
    if request.POST.get("action") == LATER:
        until = draft_kept_until(timezone.now())
        messages.success(request, f"Saved. We keep the draft until {until:%-d %b %Y}.")
        if lost:
            keep_typed(request, signed_out=False)
            what = ", ".join(lost)
            messages.warning(
                request, f"Not saved, because it could not be read: {what}. It stands there as you typed it."
            )
        return redirect("officer:draft", uid=draft.uid)
    return redirect(next_url(draft, part), uid=draft.uid)


def next_url(draft: DataRequest, part: Step) -> str:
    """Return the name of the page after this part."""
    steps = preflight.steps_of(draft.kind)
    place = steps.index(part) + 1 if part in steps else len(steps)
    return f"officer:step_{steps[place].name.lower()}" if place < len(steps) else "officer:check"


def version_of(data: QueryDict) -> int:
    """Read which version of the draft a page showed; -1 where it does not say."""
    text = data.get("lock_version", "")
    return int(text) if text.isdecimal() and len(text) < 10 else -1
