"""One way to hold a hold while something about it is decided."""

from preservation.models import HoldExtension, PreservationHold


def lock(hold: PreservationHold) -> PreservationHold:
    """Return the hold as it stands now, locked until the transaction ends; before any of its children."""
    return (
        PreservationHold.objects.select_for_update(of=("self",))
        .select_related("provider", "officer", "agency", "process_type")
        .get(pk=hold.pk)
    )


def lock_extension(extension: HoldExtension) -> HoldExtension:
    """Return the extension as it stands now, with its hold locked."""
    hold = lock(extension.hold)
    extension = hold.extensions.get(pk=extension.pk)
    extension.hold = hold
    return extension


def open_extension(hold: PreservationHold) -> HoldExtension | None:
    """Return the extension that waits for a decision, with this very hold, or None."""
    extension = hold.extensions.filter(status="requested").first()
    if extension is not None:
        extension.hold = hold
    return extension
