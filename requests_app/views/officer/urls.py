"""Pages of requests for officers."""

from django.urls import URLPattern, URLResolver

app_name = "officer"

urlpatterns: list[URLPattern | URLResolver] = []
