"""The site map."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from interfax_site.health import livez

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="faxsend:history"), name="home"),
    path("accounts/", include("allauth.account.urls")),
    path("history/", include("faxsend.urls")),
    path("admin/", admin.site.urls),
    path("livez", livez, name="livez"),
]
