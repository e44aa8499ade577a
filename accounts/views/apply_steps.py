"""One form and one way to save for each part of an application. What is right is saved, also where the rest is not."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest
from django.utils.translation import gettext as _

from accounts.access import signed_in
from accounts.addresses import judge
from accounts.agencies import Found, find
from accounts.enums import AddressVerdict
from accounts.folding import fold
from accounts.forms.access import (
    NEW_AGENCY,
    AddressNoteForm,
    AgencyForm,
    PersonForm,
    ProofForm,
    SendForm,
    SupervisorForm,
)
from accounts.models import AccessApplication, Agency
from accounts.parts import PROPOSAL_FIELDS, proof_problem
from accounts.services import applications
from accounts.services.retention import IDENTITY
from accounts.services.standing import step_asked_about
from foundation.core.errors import PortalError, Stale
from foundation.core.forms import PortalForm, plain_text
from foundation.documents import services as documents
from foundation.documents.models import Document


@dataclass(frozen=True)
class Step:
    """How a part is asked and how it is saved."""

    form: Callable[[HttpRequest, AccessApplication], PortalForm]
    save: Callable[[HttpRequest, AccessApplication, Any], object]


def is_search(request: HttpRequest) -> bool:
    """Say whether the button for looking up an agency was pressed: nothing is saved then, and nothing typed lost."""
    return request.method == "POST" and "search" in request.POST


def query(request: HttpRequest) -> str:
    """Return the words to look for."""
    return (request.POST.get("q") or request.GET.get("q") or "").replace("\0", "").strip()[:100]


def known_agency(application: AccessApplication) -> Agency | None:
    """Return the agency that the registry has under the applicant's address."""
    found = judge(application.email)
    return found.agency if found.verdict is AddressVerdict.KNOWN_AGENCY else None


def hits(request: HttpRequest, application: AccessApplication) -> Found:
    """Return the agencies to choose from: the one that is chosen, the one of the address, and what was found."""
    return find(query(request), beside=application.agency, email_domain=application.email.rpartition("@")[2])


def save(request: HttpRequest, application: AccessApplication, name: str, form: Any) -> bool:
    """Save what is right of a part, put refusals into the form, and say whether nothing is left to mend."""
    form.is_valid()
    try:
        STEPS[name].save(request, application, form)
    except applications.SavedElsewhere as other:
        form.add_error(None, _saved_elsewhere(form, other))
    except PortalError as refusal:
        form.add_error("document" if "document" in form.fields else None, str(refusal))
    return bool(form.is_valid())


def receive(request: HttpRequest, upload: Any) -> Document | None:
    """Take the copy of an identity document, if one was sent."""
    if not upload:
        return None
    limit, user = settings.UPLOAD_LIMIT_OFFICER, signed_in(request)
    return documents.receive(upload, filename=upload.name, purpose=IDENTITY, by=user, limit=limit)


def _saved_elsewhere(form: PortalForm, other: applications.SavedElsewhere) -> str:
    said = []
    for name, value in other.changed.items():
        field = form.fields.get(name) or form.fields.get(name.removeprefix("supervisor_"))
        if isinstance(value, Agency):
            said.append(_("your agency is “%s”") % value)
        elif field is not None and isinstance(value, str):
            said.append(f"{field.label}: “{value}”" if value else _("%s is empty") % field.label)
    now = _("There it now says: %s. ") % "; ".join(said) if said else ""
    return f"{other} {now}" + _("To keep what stands here instead, save again.")


def _data(request: HttpRequest) -> Any:
    return request.POST if request.method == "POST" else None


def _seen(request: HttpRequest) -> str:
    return request.POST.get("seen", "")


def _address_form(request: HttpRequest, found: AccessApplication) -> PortalForm:
    return AddressNoteForm(_data(request), initial={"address_note": found.address_note})


def _save_address(request: HttpRequest, found: AccessApplication, form: Any) -> None:
    if note := form.cleaned_data.get("address_note"):
        applications.save_address(found, by=signed_in(request), note=note, seen=_seen(request))


def _person_form(request: HttpRequest, found: AccessApplication) -> PortalForm:
    initial = {name: getattr(found, name) for name in applications.PERSON}
    return PersonForm(_data(request), initial=initial, supervisor=found.supervisor_name)


def _save_person(request: HttpRequest, found: AccessApplication, form: Any) -> None:
    applications.save_person(found, by=signed_in(request), values=form.cleaned_data, seen=_seen(request))


def _agency_form(request: HttpRequest, found: AccessApplication) -> PortalForm:
    agencies = hits(request, found).agencies
    if request.method == "POST" and not is_search(request):
        same = _same_agency(request)
        return AgencyForm(
            request.POST, found=agencies if same in agencies or same is None else [same, *agencies], same=same
        )
    chosen = str(found.agency.uid) if found.agency else NEW_AGENCY if found.proposed_agency else None
    initial = {**found.proposed_agency, "agency": chosen}
    if is_search(request):
        typed = {name: request.POST.get(name, "") for name in (*PROPOSAL_FIELDS, "agency")}
        initial |= {name: value for name, value in typed.items() if value}
    if query(request) and not agencies:
        initial |= {"agency": NEW_AGENCY, "name": initial.get("name") or query(request)}
    return AgencyForm(None, found=agencies, initial=initial)


def _same_agency(request: HttpRequest) -> Agency | None:
    """Return the agency in the registry that has the name and the country of the one that is proposed."""
    name, country = request.POST.get("name", ""), request.POST.get("country", "")
    if request.POST.get("agency") != NEW_AGENCY or not name.strip():
        return None
    words = fold(plain_text(name)).split()
    alike = (agency for agency in find(" ".join(words)).agencies if agency.country == country)
    return next(
        (agency for agency in alike if words in [fold(n).split() for n in (agency.name, agency.local_name)]), None
    )


def _save_agency(request: HttpRequest, found: AccessApplication, form: Any) -> None:
    picked, proposed = form.picked, form.proposed
    if not picked and not proposed:
        return
    applications.save_agency(found, by=signed_in(request), agency=picked, proposal=proposed, seen=_seen(request))
    known = known_agency(found)
    if form.is_valid() and known is not None and picked != known:
        words = _("Your address belongs to %(known)s, and you chose %(chosen)s. You can go on; we will ask about it.")
        chosen = picked.name if picked else proposed["name"]
        messages.warning(request, words % {"known": known.name, "chosen": chosen})


def _supervisor_form(request: HttpRequest, found: AccessApplication) -> PortalForm:
    initial = {"name": found.supervisor_name, "contact": found.supervisor_contact}
    return SupervisorForm(_data(request), initial=initial, own_name=found.full_name)


def _save_supervisor(request: HttpRequest, found: AccessApplication, form: Any) -> None:
    said = form.cleaned_data
    name, contact = said.get("name"), said.get("contact")
    applications.save_supervisor(found, by=signed_in(request), name=name, contact=contact, seen=_seen(request))


def _proof_form(request: HttpRequest, found: AccessApplication) -> PortalForm:
    given = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    held = found.identity_document if found.identity_document_id and not proof_problem(found) else None
    if held is not None and held.purged_at is not None and step_asked_about(found) == "proof":
        held = None  # identified years ago, and asked for it anew
    initial = {"proof_kind": found.proof_kind, "explanation": found.explanation}
    name = held.filename if held is not None else ""
    return ProofForm(*given, has_document=held is not None, held=name, initial=initial, user=signed_in(request))


def _save_proof(request: HttpRequest, found: AccessApplication, form: Any) -> None:
    said = form.cleaned_data
    applications.save_proof(
        found, by=signed_in(request), document=receive(request, form.upload), kind=said.get("proof_kind"),
        explanation=said.get("explanation"), seen=_seen(request),
    )  # fmt: skip


def _send_form(request: HttpRequest, found: AccessApplication) -> PortalForm:
    return SendForm(_data(request))


def _send(request: HttpRequest, found: AccessApplication, form: Any) -> None:
    if not form.is_valid():
        return
    try:
        applications.submit(found, by=signed_in(request), guidelines=request.POST.get("guidelines_version", ""))
    except Stale:
        untick(form)
        raise


def untick(form: PortalForm) -> None:
    """Draw the declaration without its tick: what it is about changed."""
    form.data = {name: value for name, value in form.data.items() if name != "attested"}


STEPS: dict[str, Step] = {
    "address": Step(_address_form, _save_address),
    "person": Step(_person_form, _save_person),
    "agency": Step(_agency_form, _save_agency),
    "supervisor": Step(_supervisor_form, _save_supervisor),
    "proof": Step(_proof_form, _save_proof),
    "send": Step(_send_form, _send),
}
