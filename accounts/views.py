"""The page behind the link in a confirmation mail; whoever holds the link sees it, logged in or not."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts import confirming
from accounts.models import AuthorizedSender

PAGE = "accounts/confirm_sender.html"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def confirm_sender(request: HttpRequest, token: str) -> HttpResponse:
    """Ask on GET, confirm on POST: programs that look at links must not confirm."""
    try:
        sender = confirming.sender_asked(token, at=timezone.now())
    except AuthorizedSender.DoesNotExist:
        return render(request, PAGE, {"days": confirming.LINK_DAYS}, status=404)
    if request.method != "POST":
        return render(request, PAGE, {"sender": sender})
    try:
        confirming.confirm(sender)
    except confirming.AddressTaken:
        return render(request, PAGE, {"sender": sender, "taken": True}, status=409)
    return redirect("confirm_sender", token)
