"""Pages of the sending service."""

from __future__ import annotations

app_name = "faxsend"
urlpatterns: list[object] = []
