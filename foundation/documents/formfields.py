"""Form fields for files: what comes with the form, and what came before it, in pieces or with an earlier try.

    class DocumentsForm(TakesUploads, PortalForm):
        uploads = UploadsField(label="Files")                 # a list of StagedUpload
        letter = UploadField(label="Letter", kinds=(PDF,))    # one, or None

    form = DocumentsForm(request.POST, request.FILES, user=request.user)

Beside a field "uploads" the page sends "uploads_sent": the uids of files of this person that no form has taken yet. A
form that is refused draws them as a list, so that nothing is chosen twice; a file that is not taken gets a sentence of
its own and goes, the others stay.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.forms.utils import flatatt
from django.utils.functional import lazystr

from foundation.documents.enums import DocumentState
from foundation.documents.filetypes import ACCEPTED, ACCEPTED_LABELS, FileType, by_filename, one_file
from foundation.documents.models import Document
from foundation.documents.uploads import StagedUpload, mark_of, refusal_of, staged
from foundation.documents.vault import discard, size_words

SENT = "_sent"
_GONE = "A file that was in the list is not there any more: it was removed, or not used for a day. Choose it again"
_GONE_SEVERAL = (
    "{} files that were in the list are not there any more: they were removed, or not used for a day. Choose them again"
)
_SENT_ALREADY = "{} is not there any more: it was sent already"
_ONE = "One file is taken here, and {} were sent. Leave one in the list"
_MEASURED = "{} is still being measured. Send the form again in a moment"
_CUT = "{} has not arrived whole. Choose it again"


class Given(NamedTuple):
    """What a form says about one field: files that come with it, and uids of files that came before."""

    new: list[Any]
    sent: list[str]


def sent_by(user: Any, uids: Iterable[str]) -> list[Document]:
    """Return the files of this person that no form has taken yet, in the order of these uids."""
    wanted = list(dict.fromkeys(filter(None, map(_uid, uids))))
    if user is None or not wanted:
        return []
    rows = Document.objects.filter(state=DocumentState.RECEIVING, uploaded_by=user, uid__in=wanted)
    found = {row.uid: row for row in rows.select_related("upload")}
    return [found[uid] for uid in wanted if uid in found]


def not_there(user: Any, uids: Iterable[str], found: Iterable[Document]) -> list[str]:
    """Say which of these uids are no file that could be used; by name those of this person that were sent already."""
    missing = {_uid(text) or text for text in uids} - {row.uid for row in found}
    wanted = [uid for uid in missing if isinstance(uid, UUID)]
    own = Document.objects.filter(uploaded_by=user, uid__in=wanted).order_by("filename")
    taken = [] if user is None else list(own)
    lost = len(missing) - len(taken)
    said = [_SENT_ALREADY.format(row.filename) for row in taken]
    return [*said, *([_GONE_SEVERAL.format(lost) if lost > 1 else _GONE] if lost > 0 else [])]


def is_whole(document: Document) -> bool:
    """Say whether all of a file has arrived; its hash may be missing for a moment."""
    return bool(document.sha256) or (hasattr(document, "upload") and document.upload.offset == document.upload.length)


class UploadInput(forms.FileInput):
    """A file input with the list of what has arrived; `frontend/uploads.js` makes more of it."""

    template_name = "_components/form/uploads.html"
    setting = "UPLOAD_LIMIT_OFFICER"
    kinds: Sequence[FileType] = ACCEPTED
    user: Any = None

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Given:
        """Read the files of the form and the uids beside them."""
        return Given(
            _several(files, name), [uid for value in _several(data, f"{name}{SENT}") if (uid := str(value).strip())]
        )

    def value_omitted_from_datadict(self, data: Any, files: Any, name: str) -> bool:
        """Say whether neither came."""
        return name not in files and f"{name}{SENT}" not in data

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """Add what the list and the script need."""
        endings = ",".join(f".{ending}" for kind in self.kinds for ending in kind.endings)
        context = super().get_context(name, None, {"accept": endings} | (attrs or {}))
        limit = getattr(settings, self.setting)
        return context | {
            "sent": value or [], "field": f"{name}{SENT}", "limit": limit, "limit_words": size_words(limit),
            "endings": endings, "kinds": _labels(self.kinds), "piece": settings.UPLOAD_PIECE_BYTES,
            "several": self.allow_multiple_selected, "person": mark_of(self.user),
            "attrs": flatatt(context["widget"]["attrs"]),
        }  # fmt: skip


class UploadsInput(UploadInput):
    """The same for several files."""

    allow_multiple_selected = True


class UploadField(forms.FileField):
    """One file; cleans to a StagedUpload, or None where there is none and none is needed."""

    widget = UploadInput

    def __init__(
        self, *, kinds: Sequence[FileType] = ACCEPTED, limit: str = "UPLOAD_LIMIT_OFFICER", **kwargs: Any
    ) -> None:
        """Take files of these kinds; `limit` names the setting that says how large they may be, in bytes."""
        kwargs.setdefault("help_text", lazystr(_Hint(kinds, limit, several=isinstance(self, UploadsField))))
        super().__init__(**kwargs)
        self.kinds, self.setting = kinds, limit
        self.widget.kinds, self.widget.setting = kinds, limit
        self.user: Any = None

    @property
    def limit(self) -> int:
        """The largest file in bytes."""
        return int(getattr(settings, self.setting))

    def clean(self, data: Given, initial: Any = None) -> Any:
        """Return the file; the one that comes with the form counts, where there is one."""
        sent = [] if data.new else list(dict.fromkeys(data.sent))
        if (given := len(data.new) + len(sent)) > 1:
            raise ValidationError(_ONE.format(given), code="several")
        try:
            found = self._clean(Given(data.new, sent))
        except ValidationError as error:
            said = [ValidationError(one_file(str(one.message)), code=one.code) for one in error.error_list]
            raise ValidationError(said) from error
        return found[0] if found else None

    def bound_data(self, data: Any, initial: Any) -> list[Document]:
        """Return what the list shows: every file that has arrived and was not refused."""
        if not isinstance(data, Given):
            return []
        new = [str(upload.document.uid) for upload in data.new if getattr(upload, "document", None)]
        return [row for row in sent_by(self.user, self._listed(data.sent, new)) if is_whole(row)]

    def _listed(self, sent: list[str], new: list[str]) -> list[str]:
        return new or sent

    def _clean(self, data: Given) -> list[StagedUpload]:
        problems: list[str] = []
        uploads = [upload for upload in self._all(data, problems) if not self._refused(upload, problems)]
        if problems:
            raise ValidationError([ValidationError(text, code="refused") for text in problems])
        if self.required and not uploads:
            raise ValidationError(self.error_messages["required"], code="required")
        for upload in uploads:
            self.run_validators(upload)
        return uploads

    def _all(self, data: Given, problems: list[str]) -> Iterator[StagedUpload]:
        """Give what came before, then what comes with the form."""
        before = sent_by(self.user, data.sent)
        if len(before) < len(set(data.sent)):
            problems.extend(not_there(self.user, data.sent, before))
        for document in before:
            if document.sha256:
                yield staged(document)
            else:
                problems.append((_MEASURED if is_whole(document) else _CUT).format(document.filename))
        yield from data.new

    def _refused(self, upload: StagedUpload, problems: list[str]) -> bool:
        """Note why a file is not taken, and let go of it."""
        name = upload.name or ""
        kind = by_filename(name)
        if kind is not None and kind not in self.kinds:
            refusal = f"{name}: send a {_labels(self.kinds)} file"
        else:
            refusal = refusal_of(upload, name=name, limit=self.limit)
        if refusal:
            problems.append(refusal)
            if upload.document is not None:
                discard(upload.document)
        return bool(refusal)


class UploadsField(UploadField):
    """Several files; cleans to a list of StagedUpload."""

    widget = UploadsInput

    def clean(self, data: Given, initial: Any = None) -> list[StagedUpload]:
        """Return every file, those that came before first."""
        return self._clean(data)

    def _listed(self, sent: list[str], new: list[str]) -> list[str]:
        return [*sent, *new]


class TakesUploads:
    """For forms with such fields: `user` is whose files they may name."""

    fields: dict[str, forms.Field]

    def __init__(self, *args: Any, user: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if isinstance(field, UploadField):
                field.user = field.widget.user = user


class _Hint:
    """What is said before a file is chosen; the limit is read when it is drawn."""

    def __init__(self, kinds: Sequence[FileType], setting: str, *, several: bool) -> None:
        self._kinds, self._setting, self._several = kinds, setting, several

    def __str__(self) -> str:
        labels, most = _labels(self._kinds), size_words(getattr(settings, self._setting))
        return f"Up to {most} each. We take {labels}" if self._several else f"One file: {labels}, up to {most}"


def _labels(kinds: Sequence[FileType]) -> str:
    if tuple(kinds) == ACCEPTED:
        return ACCEPTED_LABELS
    labels = [kind.label for kind in kinds]
    return f"{', '.join(labels[:-1])} or {labels[-1]}" if len(labels) > 1 else labels[0]


def _several(given: Any, name: str) -> list[Any]:
    if hasattr(given, "getlist"):
        return list(given.getlist(name))
    value = given.get(name) if given else None
    return list(value) if isinstance(value, (list, tuple)) else [] if value in (None, "") else [value]


def _uid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
