"""Addresses that the company's own systems call."""

from django.urls import path

from requests_app.views.company import restrictions

app_name = "company"

urlpatterns = [path("company/v1/restrictions", restrictions.restrictions, name="restrictions")]
