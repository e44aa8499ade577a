"""What the pages of a draft's parts share: how one is drawn, and where to go from it."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone

from requests_app.deadlines import draft_kept_until
from requests_app.forms.draft import LATER
from requests_app.models import DataRequest
from requests_app.services import preflight
from requests_app.services.preflight import Step
from requests_app.views.officer.answers import TITLES


def part_page(request: HttpRequest, draft: DataRequest, part: Step, context: dict[str, Any]) -> HttpResponse:
    """Draw one part."""
    template = f"officer/step_{part.name.lower()}.html"
    following = next_url(draft, part)
    return render(request, template, {"draft": draft, "title": TITLES[part], "following": following} | context)


def onward(request: HttpRequest, draft: DataRequest, part: Step) -> HttpResponse:
    """Go to the next part, or leave for now."""
    if request.POST.get("action") == LATER:
        until = draft_kept_until(timezone.now())
        messages.success(request, f"Saved. We keep the draft until {until:%-d %b %Y}.")
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
