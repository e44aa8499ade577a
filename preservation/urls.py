"""Pages of holds, for officers and staff."""

from django.urls import URLPattern, URLResolver

app_name = "holds"

urlpatterns: list[URLPattern | URLResolver] = []
