"""Pages anybody may read."""

from django.urls import path

from lers import views

app_name = "public"

urlpatterns = [
    path("", views.home, name="home"),
    path("guidelines/", views.guidelines, name="guidelines"),
    path("emergency/", views.emergency, name="emergency"),
    path("privacy/", views.privacy, name="privacy"),
    path("accessibility/", views.accessibility, name="accessibility"),
    path("contact/", views.contact, name="contact"),
    path(".well-known/security.txt", views.security, name="security"),
]
