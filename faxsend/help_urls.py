"""Pages of the help, one route for each."""

from __future__ import annotations

from django.urls import path

from faxsend.views import help as pages

app_name = "help"
urlpatterns = [
    path("", pages.index, name="index"),
    *(path(f"{each.name}/", pages.page, {"name": each.name}, name=each.name) for each in pages.PAGES),
]
