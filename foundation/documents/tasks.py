"""Celery's view of the documents: thin names around the services."""

from celery import shared_task

from foundation.documents import services
from foundation.documents.models import Document


@shared_task(name="documents.process")
def process(document_id: int) -> None:
    """Do what is due for one document; it may be gone by now."""
    document = Document.objects.filter(pk=document_id).first()
    if document is not None:
        services.process(document)


@shared_task(name="documents.sweep")
def sweep() -> None:
    """Find what was dropped, and remove what was given up."""
    services.sweep()
