"""Pages of certificates."""

from __future__ import annotations

from django.urls import path

from certificates import views

app_name = "certificates"
urlpatterns = [
    path("request/", views.request_page, name="request"),
]
