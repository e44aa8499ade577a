"""What the page of a draft's identifiers is made of: one page of the list, and the forms around it."""

from typing import Any
from urllib.parse import urlencode

from django.db.models import Count
from django.http import HttpRequest, QueryDict

from foundation.core.identifiers import IdentifierKind
from foundation.documents.formfields import SENT, sent_by
from requests_app.forms.draft import LATER
from requests_app.forms.identifiers import AddIdentifierForm, ListForm, RowsForm
from requests_app.models import DataRequest

PAGE = 50
_LIST = "list"
_GOING = ("continue", LATER)
# What of the form for one identifier a person types: its choices stay for the next one.
_TYPED = ("value", "memo", "output", "used", "port", "note")


class Shown:
    """One page of a draft's identifiers: by place in the list, of one kind or of all."""

    def __init__(self, draft: DataRequest, asked: QueryDict) -> None:
        kind = asked.get("kind", "")
        self.kind = kind if kind in IdentifierKind.values else ""
        counted = draft.targets.values("kind").annotate(n=Count("pk")).order_by("kind")
        self.by_kind = {row["kind"]: row["n"] for row in counted}
        self.total = sum(self.by_kind.values())
        self.matching = self.by_kind.get(self.kind, 0) if self.kind else self.total
        last = max((self.matching - 1) // PAGE, 0)
        number = asked.get("page", "")
        self.number = min(max(int(number) if number.isdecimal() and len(number) < 6 else 1, 1) - 1, last)
        found = draft.targets.select_related("process").order_by("pk")
        found = found.filter(kind=self.kind) if self.kind else found
        self.targets = list(found[self.number * PAGE : (self.number + 1) * PAGE])
        self.first = self.number * PAGE + 1
        self.previous = self._url(self.number) if self.number else ""
        self.next = self._url(self.number + 2) if self.number < last else ""

    @property
    def kinds(self) -> list[tuple[str, str, int]]:
        """The kinds that are in the list, in words, each with how many there are."""
        return [(kind.value, kind.label, self.by_kind[kind]) for kind in IdentifierKind if kind in self.by_kind]

    @property
    def kind_words(self) -> str:
        """The kind that is shown, in words; empty for all."""
        return str(IdentifierKind(self.kind).label) if self.kind else ""

    def _url(self, number: int) -> str:
        kept = {"kind": self.kind} if self.kind else {}
        return f"?{urlencode(kept | {'page': number})}"


class Forms:
    """The forms of the page: bound where a button asks for them, else with what was typed into them."""

    def __init__(self, request: HttpRequest, draft: DataRequest, shown: Shown, action: str) -> None:
        self.request = request
        self.orders = [use.process for use in draft.order_uses.select_related("process").order_by("position", "pk")]
        going, data = action in _GOING, request.POST
        self.one = self._one(bound=action == "add" or (going and bool(data.get("value", "").strip())))
        self.many = self._many(bound=action == "import" or (going and self._list_typed()))
        self.rows = RowsForm(data if request.method == "POST" else None, targets=shown.targets)

    @property
    def have_errors(self) -> bool:
        """Say whether anything that was asked for is wrong."""
        return any(form.is_bound and form.errors for form in (self.one, self.many, self.rows))

    def left(self, action: str) -> bool:
        """Say whether something was typed that this action did not take, so that the page must keep it."""
        one = action != "add" and any(self.request.POST.get(name, "").strip() for name in _TYPED)
        return one or (action != "import" and self._list_typed())

    def forget(self, action: str) -> None:
        """Empty the form whose answers are stored now; what was typed into the other one stays."""
        if action == "add":
            self.one = self._one(bound=False, without=_TYPED)
        if action == "import":
            self.many = self._many(bound=False, without=("paste",), files=False)

    def follow(self, shown: Shown, *, keep: bool) -> None:
        """Draw the list as it is now; where it was not saved (keep), with what was typed into it."""
        if not (keep or self.rows.errors):
            self.rows = RowsForm(targets=shown.targets)
            return
        typed = self.request.POST.copy()
        for target in shown.targets:
            typed.setdefault(f"role{target.pk}", target.role)
            typed.setdefault(f"note{target.pk}", target.note)
        self.rows = RowsForm(typed, targets=shown.targets)

    def _one(self, *, bound: bool, without: tuple[str, ...] = ()) -> AddIdentifierForm:
        data = self.request.POST
        if bound:
            return AddIdentifierForm(data, orders=self.orders)
        typed = {name: data[name] for name in AddIdentifierForm.base_fields if name in data and name not in without}
        return AddIdentifierForm(initial=typed, orders=self.orders)

    def _many(self, *, bound: bool, without: tuple[str, ...] = (), files: bool = True) -> ListForm:
        data, user = self.request.POST, self.request.user
        if bound:
            return ListForm(data, self.request.FILES, prefix=_LIST, orders=self.orders, user=user)
        names = [name for name in ListForm.base_fields if f"{_LIST}-{name}" in data and name not in without]
        typed: dict[str, Any] = {name: data[f"{_LIST}-{name}"] for name in names if name != "file"}
        typed["file"] = sent_by(user, self._sent()) if files else []
        return ListForm(prefix=_LIST, initial=typed, orders=self.orders, user=user)

    def _sent(self) -> list[str]:
        """Return the files that came with this page or before it and that nothing took yet."""
        uploads: list[Any] = self.request.FILES.getlist(f"{_LIST}-file")
        new = [str(upload.document.uid) for upload in uploads if upload.document]
        return [*self.request.POST.getlist(f"{_LIST}-file{SENT}"), *new]

    def _list_typed(self) -> bool:
        return bool(self.request.POST.get(f"{_LIST}-paste", "").strip() or self._sent())
