"""What in a PDF acts, reaches out or is carried along: counted, so that staff know, and know what a copy leaves out."""

from typing import Any

import pikepdf

OBJECTS = 200_000
# What an action does (ISO 32000-2, 12.6.4), by what it means to whoever opens the file.
_ACTIONS = {
    "/JavaScript": "scripts",
    "/Launch": "launches",
    "/SubmitForm": "submits",
    "/ImportData": "submits",
    "/GoToR": "links_out",
    "/GoToE": "links_out",
    "/URI": "links_out",
    "/Rendition": "media",
    "/Movie": "media",
    "/Sound": "media",
    "/RichMediaExecute": "media",
}
_ANNOTATIONS = {
    "/RichMedia": "media",
    "/Movie": "media",
    "/Sound": "media",
    "/Screen": "media",
    "/3D": "media",
}


def count_active(pdf: pikepdf.Pdf) -> dict[str, int | bool]:
    """Count scripts, embedded files, programs that start, forms sent, links and media; say whether there is a form."""
    counts: dict[str, int] = {}
    for number, value in enumerate(pdf.objects):
        if number >= OBJECTS:
            break
        for found in dictionaries(value):
            if name := _meaning(found):
                counts[name] = counts.get(name, 0) + 1
            if name := _written(found):
                counts[name] = counts.get(name, 0) + 1
    form = pdf.Root.get("/AcroForm")
    found_all: dict[str, int | bool] = dict(counts)
    if isinstance(form, pikepdf.Dictionary):
        found_all["form"] = True
        found_all["xfa"] = "/XFA" in form
    found_all["starts_itself"] = _acts(pdf.Root.get("/OpenAction")) or "/AA" in pdf.Root
    return found_all


def _written(value: Any) -> str:
    """Return as what a person wrote this: into a field, or as a note on a page; nothing for all else."""
    if "/T" in value and "/V" in value and str(value.get("/FT", "")) != "/Sig":
        filled = value.V
        empty = not len(filled) if isinstance(filled, pikepdf.Array) else str(filled).strip() in {"", "/Off"}
        return "" if empty or isinstance(filled, pikepdf.Dictionary) else "filled_fields"
    is_note = "/Rect" in value and str(value.get("/Subtype", "")) not in {"/Widget", "/Link", "/Popup"}
    return "notes" if is_note and str(value.get("/Contents", "")).strip() else ""


def _acts(action: Any) -> bool:
    """Say whether what happens on opening is more than turning to a page."""
    return isinstance(action, pikepdf.Dictionary) and str(action.get("/S", "")) not in {"/GoTo", "/Named"}


def dictionaries(value: Any, levels: int = 20) -> list[Any]:
    """Return a dictionary or stream with the direct ones inside it; those of their own come by themselves."""
    if levels < 0 or not isinstance(value, pikepdf.Dictionary | pikepdf.Array | pikepdf.Stream):
        return []
    inner = list(value) if isinstance(value, pikepdf.Array) else [value[key] for key in value.keys()]  # noqa: SIM118
    found = [] if isinstance(value, pikepdf.Array) else [value]
    for item in inner:
        if isinstance(item, pikepdf.Dictionary | pikepdf.Array) and not item.is_indirect:
            found += dictionaries(item, levels - 1)
    return found


def _meaning(value: Any) -> str:
    if "/JS" in value:
        return "scripts"
    if (name := _ACTIONS.get(str(value.get("/S", "")))) and "/Group" not in str(value.get("/Type", "")):
        return name
    if str(value.get("/Type", "")) == "/EmbeddedFile":
        return "attachments"
    return _ANNOTATIONS.get(str(value.get("/Subtype", "")), "") if "/Rect" in value else ""
