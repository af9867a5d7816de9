"""リスト: the part of the site map under ``lists/``; the names are in the namespace ``faxsend``."""

from __future__ import annotations

from django.urls import path

from faxsend.views import list_files, lists

urlpatterns = [
    path("", lists.all_lists, name="lists"),
    path("new/", lists.create, name="list-create"),
    path("<int:pk>/", lists.one_list, name="list"),
    path("<int:pk>/rename/", lists.rename, name="list-rename"),
    path("<int:pk>/delete/", lists.delete, name="list-delete"),
    path("<int:pk>/entries/", lists.add_entry, name="entry-add"),
    path("<int:pk>/entries/delete/", lists.delete_entries, name="entries-delete"),
    path("<int:pk>/import/", list_files.choose_file, name="list-import"),
    path("<int:pk>/import/confirm/", list_files.confirm, name="list-import-confirm"),
    path("<int:pk>/export/", list_files.export, name="list-export"),
]
