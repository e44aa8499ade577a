"""The turns of sealer and anchor, called by beat; a lost call is made good by the next one."""

from celery import shared_task

from foundation.audit import anchoring, checking, publishing, sealing


@shared_task(name="audit.seal", ignore_result=True)
def seal() -> int:
    """Seal what can be sealed; return the size of the tree, 0 where there was nothing new."""
    checkpoint = sealing.seal()
    return checkpoint.tree_size if checkpoint else 0


@shared_task(name="audit.verify", ignore_result=True)
def verify() -> bool:
    """Check the whole trail and leave an entry of what was found."""
    return checking.check()


@shared_task(name="audit.verify_missed", ignore_result=True)
def verify_missed() -> bool:
    """Make up the check of a night in which nothing ran."""
    return checking.make_up()


@shared_task(name="audit.anchor", ignore_result=True)
def anchor() -> int:
    """Stamp the newest checkpoint where it is time to, and publish what is not published yet; return how many lines."""
    anchoring.anchor()
    return publishing.publish()
