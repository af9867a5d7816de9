"""Mails as customers' programs really write them, each with what must become of it.

A module holds one kind of them as a tuple ``CASES``. They are written by functions, not kept as files: half of them
are in encodings that nobody could review. ``python -m tests.mails DIRECTORY`` writes them out as ``.eml`` files, for
mail programs to open.
"""
