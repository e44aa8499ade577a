"""What the data says about each check of a review: read with it, and never an answer by itself.

`evidence_of` returns sentences by the name of the check (requests_app.checks). A sentence that raises a doubt is
marked as one; many name the document and page where a person reads it for themselves.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from django.db.models import Max, Min

from foundation.core.languages import language_name, language_names
from foundation.documents import services as documents
from foundation.documents.signatures import PASS
from foundation.legal.countries import EU, EU_MEMBERS, INTERNATIONAL, jurisdiction_names, not_bound_by
from foundation.legal.models import BarsNotice, ProcessType
from foundation.legal.ranks import issuer_refusal, rank_refusal
from foundation.providers.models import LegalEntity
from foundation.providers.policy import languages_read
from foundation.providers.services import entry_point_for
from requests_app import order_rules
from requests_app.confirming import call_back_words
from requests_app.enums import (
    REACH_OF_CATEGORY,
    RECORD_CATEGORIES,
    DataCategory,
    DocumentRole,
    FreezeAct,
    OrderRelation,
    RequestKind,
)
from requests_app.kind_words import freeze_facts, freeze_words, without_period
from requests_app.models import DataRequest, Target
from requests_app.services.evidence_case import Case, Evidence, squeezed
from requests_app.services.freeze_orders import reaches_assets

# Fewer letters and digits than this are found everywhere.
_TOO_SHORT = 4


def evidence_of(data_request: DataRequest, *, targets: Sequence[Target], at: datetime) -> dict[str, list[Evidence]]:
    """Return what the data says about each check of this request, by the check's name.

    targets: the identifiers on the page; only these are looked for in the order, up to MOST_TARGETS.
    """
    case = Case(data_request, targets, at)
    return {name: list(rule(case)) for name, rule in _RULES[RequestKind(data_request.kind)].items()}


def _day(value: date | datetime) -> str:
    return f"{value.astimezone(UTC) if isinstance(value, datetime) else value:%-d %b %Y}"


def _authority(case: Case) -> Iterator[Evidence]:
    for order in case.orders:
        process, kind = order.process, order.process.process_type
        if not process.issuing_authority:
            yield Evidence("No court or authority is named.", doubt=True)
            continue
        said = f"{process.issuing_authority}{f', {process.docket}' if process.docket else ''}."
        if kind is not None:
            rank = f", minimum rank {kind.minimum_rank}" if kind.minimum_rank else ""
            said += f" {kind.name}: issuer class {kind.get_issuer_display().lower()}{rank}."
        yield order.at(said, process.issuing_authority)
        if kind and (refusal := issuer_refusal(kind, process.issuer_rank) or rank_refusal(kind, process.issuer_rank)):
            yield Evidence(f"{refusal}.", doubt=True, code=kind.code)


def _signed(case: Case) -> Iterator[Evidence]:
    for order in case.orders:
        last = order.version or order_rules.last_begun(order.versions, case.today)
        if last is None:
            yield Evidence("No date of issue that has come is known.", doubt=True)
            continue
        if last.relation == OrderRelation.QUASHED:
            yield order.at(f"Quashed on {_day(last.issued_on)}.", doubt=True)
            continue
        signed = f", {order.process.signatory}" if order.process.signatory else ""
        until = f" Valid until {_day(last.valid_until)}." if last.valid_until else " No last day is named."
        due = f" Records due by {_day(last.return_date)}." if last.return_date else ""
        which = f"Version {last.number} of {len(order.versions)}, " if len(order.versions) > 1 else ""
        yield order.at(f"{which}{_day(last.issued_on)}{signed}.{until}{due}", order.process.signatory)
        if order.version is None:
            yield order.at("It is not in force any more.", doubt=True)
        if not order.process.signatory:
            yield order.at("Nobody is named as having signed it.", doubt=True)


def _entity(case: Case) -> Iterator[Evidence]:
    named = case.request.legal_entity
    place = jurisdiction_names().get(case.request.jurisdiction, case.request.jurisdiction)
    usual = _usual(case)
    if named is None:
        yield Evidence(case.unsaid("chose none of our companies"), doubt=bool(case.entities))
    elif case.lead:
        found = squeezed(named.name) in "".join(case.lead.texts.values()) if case.lead.texts else True
        yield case.lead.at(f"Names {named.name} ({named.country}), {case.said_by}.", named.name)
        if not found:
            yield Evidence("Its name was not found in the text of the order.", doubt=True)
    else:
        yield Evidence(f"Addressed to {named.name} ({named.country}).")
    if usual is not None:
        yield Evidence(f"Our company for {place} is {usual.name}.", doubt=named is not None and named.pk != usual.pk)


def _usual(case: Case) -> LegalEntity | None:
    """Return our company for a country: its only one there, else the default; None where nobody can say."""
    local = [entity for entity in case.entities if entity.country == case.request.jurisdiction]
    if local:
        return local[0] if len(local) == 1 else None
    return next((entity for entity in case.entities if entity.is_default), None)


def _basis(case: Case) -> Iterator[Evidence]:
    for order in case.orders:
        kind = order.process.process_type
        yield order.at(f"{order.process.section_of_law or 'No section of law is named'}.", order.process.section_of_law,
                       doubt=not order.process.section_of_law)  # fmt: skip
        if kind is None:
            yield Evidence("No type of legal process is chosen.", doubt=True)
            continue
        yield Evidence(_reach(kind), code=kind.code)
    yield from _beyond(case)


def _reach(kind: ProcessType) -> str:
    """Say what a type reaches of the records there are, and what it does not."""
    labels = {category: str(category.label) for category in RECORD_CATEGORIES}
    inside = [words for category, words in labels.items() if REACH_OF_CATEGORY[category] in kind.reaches]
    outside = [words for words in labels.values() if words not in inside]
    rest = f" Not: {'; '.join(outside)}." if outside else ""
    return f"{kind.name} reaches: {'; '.join(inside) or 'no records'}.{rest}"


def _beyond(case: Case) -> Iterator[Evidence]:
    """Name what is asked for and not reached by the type of the order that covers it, or of the leading one."""
    lead = case.lead.process.process_type_id if case.lead else None
    asked = case.request.lines.order_by().values_list("category", "order_version__process__process_type").distinct()
    kinds = ProcessType.objects.in_bulk({kind or lead for _category, kind in asked} - {None})
    for category, own in sorted(asked, key=str):
        kind = kinds.get(own or lead)
        if kind is None or REACH_OF_CATEGORY[DataCategory(category)] in kind.reaches:
            continue
        where = case.numbers(category=category, order_version__process__process_type=own)
        label = DataCategory(category).label
        yield Evidence(f"Not reached, and asked for: {label.lower()} ({where.lower()}).", doubt=True, code=kind.code)


def _records(case: Case) -> Iterator[Evidence]:
    covered = case.request.lines.filter(order_version__isnull=False).order_by()
    versions = {v.pk: (order, v) for order in case.orders for v in order.versions}
    for pk in sorted(set(covered.values_list("order_version", flat=True))):
        order, version = versions.get(pk, (None, None))
        lines = case.numbers(order_version=pk)
        if order is None or version is None:
            continue
        name = order.process.docket or order.process.issuing_authority
        which = f", version {version.number}" if len(order.versions) > 1 else ""
        yield order.at(f"{lines}: {name}{which}, {case.said_by}.", order.process.docket)
        if order.version is not None and order.version.pk != pk:
            yield order.at(f"{lines}: version {order.version.number} holds now. Compare.", doubt=True)
    if without := case.numbers(order_version=None):
        yield Evidence(f"{without}: no order is named.", doubt=True)


def _period(first: datetime, after: datetime) -> str:
    """Write a period as the lines do: whole UTC days, or its moments where the days are those of another zone."""
    first, after = first.astimezone(UTC), after.astimezone(UTC)
    if first.time() == after.time() == time.min:
        return f"{_day(first)} to {_day(after - timedelta(days=1))}"
    return f"{_day(first)}, {first:%H:%M} until {_day(after)}, {after:%H:%M} UTC"


def _dates(case: Case) -> Iterator[Evidence]:
    span = case.request.lines.aggregate(first=Min("period_from"), last=Max("period_to"))
    if span["first"] is None:
        return
    yield Evidence(f"{_period(span['first'], span['last'])} is asked for.")
    for order in case.orders:
        kind = order.process.process_type
        for version in order.versions:
            end = version.valid_until if kind and kind.prospective else version.issued_on
            if end is None:
                continue
            after = datetime.combine(end + timedelta(days=1), datetime.min.time(), UTC)
            if lines := case.numbers(order_version=version, period_to__gt=after):
                what = "was valid until" if kind and kind.prospective else "was issued on"
                yield order.at(f"{lines}: ask beyond {_day(end)}; the order {what} that day.", doubt=True)


def _accounts(case: Case) -> Iterator[Evidence]:
    total = case.request.targets.count()
    accounts = case.request.targets.exclude(account="").values("account").distinct().count()
    yield Evidence(f"{_count(total, 'identifier')}, {_count(accounts, 'account')} found.")
    if not any(order.texts for order in case.orders):
        return
    missing = []
    pages: dict[tuple[UUID, int], list[str]] = {}
    for target in case.targets:
        places = _places(case, target)
        if not places:
            missing.append(target.normalised)
        for place in places[:1]:
            pages.setdefault(place, []).append(target.normalised)
    for (uid, page), names in pages.items():
        yield Evidence(f"In the text of the order: {_list(names)}.", document=uid, page=page)
    if missing:
        yield Evidence(f"Not found in the text of the order: {_list(missing)}. Look at the pictures.", doubt=True)


def _places(case: Case, target: Target) -> list[tuple[UUID, int]]:
    wanted = {text for text in map(squeezed, (target.given, target.normalised)) if len(text) > _TOO_SHORT}
    return [
        (order.copy.uid, number)
        for order in case.orders
        if order.copy
        for number, text in order.texts.items()
        if any(words in text for words in wanted)
    ]


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _list(names: Sequence[str]) -> str:
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return ", ".join(names[:5]) + more


def _secrecy(case: Case) -> Iterator[Evidence]:
    bars = list(case.request.non_disclosure_orders.select_related("document").order_by("pk"))
    for bar in bars:
        until = f"until {_day(bar.bars_until)}" if bar.bars_until else "without an end"
        by = case.said_by if bar.stated_by_officer else "found by us"
        found = f"confirmed, page {bar.page}" if bar.confirmed_at else "nobody confirmed it yet"
        uid = bar.document.uid if bar.document else None
        yield Evidence(f"“{bar.clause}”, {until}, {by}; {found}.", bar.confirmed_at is None, uid, first_page(bar.page))
    if not bars:
        asked = case.request.secrecy_asked
        none = case.unsaid("names no bar")
        yield Evidence("Secrecy is asked for, and no clause is named." if asked else none, doubt=bool(asked))
    kind = case.request.process_type
    if kind is not None:
        source = f" ({kind.notice_citation})" if kind.notice_citation else ""
        unknown = kind.bars_notice == BarsNotice.UNKNOWN
        yield Evidence(f"{kind.get_bars_notice_display()}{source}.", doubt=unknown and bool(bars), code=kind.code)


def first_page(text: str) -> int:
    """Return the first number in what was typed as a page, "1 and 3": 1; 1 where there is none."""
    found = re.search(r"\d{1,5}", text, re.ASCII)
    return int(found.group()) or 1 if found else 1


def _translation(case: Case) -> Iterator[Evidence]:
    point = entry_point_for(case.request.provider, case.request.jurisdiction)
    read = languages_read(case.request.provider, point)
    added = [item.document for item in case.attached if item.role == DocumentRole.TRANSLATION]
    for order in case.orders:
        language = order.process.language
        if not language:
            yield order.at(case.unsaid("did not say in which language it is"), doubt=not added)
        elif language in read:
            yield order.at(f"In {language_name(language)}, which is read here.")
        else:
            yield order.at(f"In {language_name(language)}. Read here: {language_names(read)}.", doubt=not added)
    for document in added:
        yield Evidence(f"Translation attached: {document.filename}.", document=document.uid)
    if not added and any(o.process.language and o.process.language not in read for o in case.orders):
        yield Evidence("No translation is attached.", doubt=True)


def _e_signature(case: Case) -> Iterator[Evidence]:
    for order in case.orders:
        if order.copy is None:
            continue
        about = documents.about(order.copy)
        for signature in about.signatures:
            yield order.at(f"{signature.who}. {signature.result}.", doubt=signature.mark != PASS)
        if not about.signatures:
            said = "It was not looked at for signatures yet." if about.pending else "The file carries none."
            yield order.at(said, doubt=about.pending)


def _binding(case: Case) -> Iterator[Evidence]:
    for order in case.orders:
        if (kind := order.process.process_type) is not None:
            said, doubt = _force(case, kind)
            yield Evidence(said, doubt=doubt, code=kind.code)
    if case.request.treaty_channel:
        yield Evidence(f"It came through {case.request.treaty_channel}, {case.said_by}.")


def _force(case: Case, kind: ProcessType) -> tuple[str, bool]:
    """Say whether a type binds the company it is addressed to, and whether that is open."""
    ours = case.request.legal_entity or next(iter(case.entities), None)
    if kind.compels is None:
        return f"{kind.name}: whether it compels is not known.", True
    if not kind.compels:
        return f"{kind.name} does not compel: an answer is voluntary.", False
    if ours is None:
        return f"{kind.name} compels.", False
    names = jurisdiction_names()
    here, there = names.get(ours.country, ours.country), names.get(kind.jurisdiction_id, kind.jurisdiction_id)
    union = kind.jurisdiction_id == EU and ours.country in EU_MEMBERS and kind.code not in not_bound_by(ours.country)
    if union or kind.jurisdiction_id == ours.country:
        return f"{kind.name} compels, and {ours.name} is in {here}: binding.", False
    elsewhere = f"{ours.name} is in {here}: binding there only by another way."
    where = "in the country that issued it" if kind.jurisdiction_id == INTERNATIONAL else f"in {there}"
    said = f"{kind.name} compels {where}. {elsewhere} Route in the catalogue: {kind.route}."
    return said, not case.request.treaty_channel


def _statute(case: Case) -> Iterator[Evidence]:
    for order in case.orders:
        kind = order.process.process_type
        if kind is None:
            yield Evidence("No type of legal process is chosen.", doubt=True)
            continue
        law, words = (
            order.process.section_of_law or kind.authority,
            "reaches" if reaches_assets(kind) else "never reaches",
        )
        yield order.at(f"{law}. {kind.name} {words} assets.", law, doubt=not reaches_assets(kind))


def _asset(case: Case) -> Iterator[Evidence]:
    if (freeze := getattr(case.request, "freeze", None)) is not None:
        yield from _in_order(case, f"{freeze_words(freeze_facts(freeze))}.", freeze.asset)


def _until(case: Case) -> Iterator[Evidence]:
    freeze = getattr(case.request, "freeze", None)
    end = freeze.expires_on if freeze else None
    over = end is not None and end < case.today
    yield Evidence(f"{f'Until {_day(end)}' if end else 'Until further order'}, {case.said_by}.", over)


def _destination(case: Case) -> Iterator[Evidence]:
    freeze = getattr(case.request, "freeze", None)
    if freeze is None or freeze.act != FreezeAct.TRANSFER:
        yield Evidence("Nothing is transferred.")
        return
    texts = "".join(text for order in case.orders for text in order.texts.values())
    yield from _in_order(case, f"To {freeze.destination}.", freeze.destination)
    if texts and squeezed(freeze.destination) not in texts:
        yield Evidence("The destination was not found in the text of the order.", doubt=True)
    yield _called(case)


def _in_order(case: Case, text: str, words: str) -> Iterable[Evidence]:
    return [case.lead.at(text, words) if case.lead else Evidence(text)]


def _called(case: Case) -> Evidence:
    words, confirmed = call_back_words(case.request)
    return Evidence(words, doubt=not confirmed)


def _identity(case: Case) -> Iterator[Evidence]:
    yield Evidence(f"{case.request.officer.get_full_name()}, {case.request.agency.name}.")
    yield _called(case)


def _asked(case: Case) -> Iterator[Evidence]:
    categories = sorted(set(case.request.lines.order_by().values_list("category", flat=True)))
    labels = [DataCategory(category).label for category in categories]
    named = ", ".join(label[:1].lower() + label[1:] for label in labels)
    yield Evidence(f"{_count(case.request.lines.count(), 'line')}: {named}.")
    if not all(without_period(category) for category in categories):
        yield from _dates(case)


def _agency(case: Case) -> Iterator[Evidence]:
    confirmed = case.request.agency.police_power_confirmed
    said = "police power confirmed" if confirmed else "police power not confirmed"
    yield Evidence(f"{case.request.agency.name}: {said}.", doubt=not confirmed)


def _purpose(case: Case) -> Iterator[Evidence]:
    offence = case.request.offence
    yield Evidence(f"Offence: {offence}." if offence else "No offence is named.", doubt=not offence)


def _policy(case: Case) -> Iterator[Evidence]:
    yield Evidence(f"Enquiries are answered: {case.request.provider.get_answers_enquiries_display().lower()}.")


_PAPER = {"authority": _authority, "signed": _signed, "entity": _entity, "accounts": _accounts,
          "non_disclosure": _secrecy, "translation": _translation, "e_signature": _e_signature,
          "binding": _binding}  # fmt: skip
_RULES = {
    RequestKind.DISCLOSURE: _PAPER | {"basis": _basis, "records": _records, "dates": _dates},
    RequestKind.FREEZE: _PAPER | {"statute": _statute, "asset": _asset, "dates": _until, "destination": _destination},
    RequestKind.EMERGENCY: {"minimum": _asked, "identity": _identity, "entity": _entity, "accounts": _accounts},
    RequestKind.ENQUIRY: {"authority": _agency, "purpose": _purpose, "accounts": _accounts, "policy": _policy},
}
