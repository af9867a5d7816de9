"""Pages of the sending service."""

from __future__ import annotations

from django.urls import path

from faxsend.views import history

app_name = "faxsend"
urlpatterns = [
    path("history/sent/", history.sent_faxes, name="history"),
    path("history/sent/<slug:token>/", history.submission, name="submission"),
    path("history/sent/<slug:token>/pages/<int:number>.png", history.page_picture, name="page"),
]
