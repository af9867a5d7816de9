"""Pages of the sending service, below ``/history/``."""

from __future__ import annotations

from django.urls import path

from faxsend.views import history

app_name = "faxsend"
urlpatterns = [
    path("sent/", history.sent_faxes, name="history"),
    path("sent/<slug:token>/", history.submission, name="submission"),
    path("sent/<slug:token>/pages/<int:number>.png", history.page_picture, name="page"),
]
