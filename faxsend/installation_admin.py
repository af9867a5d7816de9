"""What operators see of the installation: whether it works, what waits while it is held, and how to let it go on."""

from __future__ import annotations

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.installation import Hold, is_held, why_held
from accounts.models import Installation
from accounts.operators import LookOnly, ModelAdmin
from faxsend.restoring import NotHeld, release


@admin.register(Installation)
class InstallationAdmin(LookOnly, ModelAdmin[Installation]):
    """Releasing is for those who may change it, and is written down. What is due goes with the next sweep."""

    actions = ["release"]
    list_display = ["machine", "works_here", "released_at"]
    search_fields = ["machine"]
    ordering = ["pk"]

    def has_release_permission(self, request: HttpRequest) -> bool:
        """What ``LookOnly`` takes from all, this action gives back to those who had it."""
        return request.user.has_perm("accounts.change_installation")

    @admin.display(description=_("Dials and sends mail"), boolean=True)
    def works_here(self, obj: Installation) -> bool:
        return not is_held()

    @admin.action(description=_("Release: dial and send what waits"), permissions=["release"])
    def release(self, request: HttpRequest, chosen: QuerySet[Installation]) -> None:
        """Only of a restored database. That another installation has it may be seen from this machine alone, and a
        release from here would stop the workers of that one.
        """
        if why_held() is Hold.ELSEWHERE:
            text = gettext(
                "The database belongs to another installation. If that one shall stop working, type on the machine "
                "whose workers shall take its place: installation release"
            )
            self.message_user(request, text, messages.ERROR)
            return
        try:
            done = release()
        except NotHeld:
            self.message_user(request, gettext("This installation is not held."), messages.WARNING)
            return
        for installation in chosen:
            self.log_change(request, installation, gettext("Released"))
        text = gettext("Released. Calls that were under way and are being checked now: %(count)s")
        self.message_user(request, text % {"count": done.calls})
