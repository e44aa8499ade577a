"""Pages of accounts: access, sign-in, factors, vetting, people, trail."""

from django.urls import URLPattern, URLResolver

app_name = "accounts"

urlpatterns: list[URLPattern | URLResolver] = []
