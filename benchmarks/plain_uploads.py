"""The portal with Django's own upload handler, to compare with; for benchmarks/uploads.py alone."""

from django.conf import settings

from lers.wsgi import application

__all__ = ["application"]

settings.FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.TemporaryFileUploadHandler"]
