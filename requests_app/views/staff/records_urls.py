"""Pages of records for staff: packages and notices."""

from django.urls import URLPattern, URLResolver

app_name = "staff_records"

urlpatterns: list[URLPattern | URLResolver] = []
