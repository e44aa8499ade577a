"""Only the public pages: what the base templates link to."""

from django.urls import include, path

urlpatterns = [path("", include("lers.public_urls"))]
