"""The WSGI entry point."""

import os

from django.core.wsgi import get_wsgi_application

from foundation.core.hurry import hand_over_beside

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lers.settings")
application = get_wsgi_application()
hand_over_beside()
