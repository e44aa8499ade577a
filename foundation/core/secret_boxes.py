"""Boxes of a form in which somebody may paste a private key or a seed phrase: what goes back to the page of them."""

from typing import Any, ClassVar

from foundation.core.identifier_lines import read_line
from foundation.core.identifier_readers.secrets import beginning, secret_part

# Boxes for identifiers, by the name of their field without prefix, in all forms.
NAMES = frozenset({"paste", "lines", "identifiers", "value", "memo", "detail", "used", "note", "destination"})
_LISTS = frozenset({"paste", "lines", "identifiers"})
_LONGEST = 100_000


def mask_lines(text: str) -> str:
    """Return what was typed into a box of identifiers, line by line, with only the beginning of each secret.

    Full card numbers are cut in the same way. Every other line is returned as it was typed.
    """
    return "\n".join(_line(line) for line in text[:_LONGEST].splitlines())


def mask_value(text: str) -> str:
    """Return what was typed into a box for one value; of a private key or seed phrase only the beginning."""
    _what, part = secret_part(text[:_LONGEST])
    return beginning(part) if part else text


def mask_field(name: str, text: str) -> str:
    """Return what may be kept and shown of what was typed into the field of this name, with or without prefix."""
    bare = name.rpartition("-")[2]
    if bare in _LISTS:
        return mask_lines(text)
    return mask_value(text) if bare in NAMES else text


class HidesSecrets:
    """A form that never shows a secret a second time, whether it is refused, drawn again or only passed through.

    Mixed in before the form's own class. The form reads what was typed before anything is masked.
    """

    fields: Any
    data: Any
    initial: Any
    is_bound: Any
    _hidden: ClassVar[frozenset[str]] = NAMES

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        typed = {name: self.initial[name] for name in self._hidden if isinstance(self.initial.get(name), str)}
        self.initial = {**self.initial, **{name: mask_field(name, text) for name, text in typed.items()}}

    def full_clean(self) -> None:
        """Read what was typed, then mask it for the page."""
        super().full_clean()  # type: ignore[misc]
        if not self.is_bound:
            return
        prefix: Any = self.add_prefix  # type: ignore[attr-defined]
        typed = {key: self.data[key] for key in map(prefix, self._hidden & self.fields.keys()) if key in self.data}
        masked = {key: hidden for key, text in typed.items() if (hidden := mask_field(key, str(text))) != text}
        if masked:
            self.data = self.data.copy()
            for key, text in masked.items():
                self.data[key] = text


def _line(line: str) -> str:
    found = read_line(line)
    if not found.masked:
        return line
    return f"{found.kind},{found.given}" if found.accepted else found.given
