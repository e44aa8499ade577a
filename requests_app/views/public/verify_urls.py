"""The public check of files and papers."""

from django.urls import path

from requests_app.views.public import verify

app_name = "verify"

urlpatterns = [path("verify/", verify.check, name="check")]
