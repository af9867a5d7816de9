"""Pages of プロパティ → 証明書."""

from __future__ import annotations

from django.urls import path

from faxsend.views import certificates

urlpatterns = [
    path("", certificates.certificates, name="certificates"),
    path("removal-by-mail/", certificates.removal_by_mail, name="certificates-removal"),
    path("<int:pk>/remove/", certificates.remove, name="certificate-remove"),
    path("service/<str:name>", certificates.service_file, name="certificate-file"),
]
