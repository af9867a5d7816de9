"""The site map."""

from __future__ import annotations

from allauth.account.models import EmailAddress
from allauth.account.views import logout
from django.contrib import admin
from django.urls import include, path
from django.utils.translation import gettext_lazy as _
from django.views.generic import RedirectView

from accounts.access import operator_login
from interfax_site.health import livez, metrics_page, readyz

admin.site.site_header = admin.site.site_title = _("InterFAX operations")
admin.site.unregister(EmailAddress)  # of the login library; a user's address stands in the user
admin.site.index_title = _("Overview")

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="faxsend:history"), name="home"),
    path("accounts/", include("accounts.urls")),
    path("certificates/", include("certificates.urls")),
    path("", include("faxsend.urls")),
    path("help/", include("faxsend.help_urls")),
    path("admin/login/", operator_login),
    path("admin/logout/", logout),
    path("admin/", admin.site.urls),
    path("livez", livez, name="livez"),
    path("readyz", readyz, name="readyz"),
    path("metrics", metrics_page, name="metrics"),
]
