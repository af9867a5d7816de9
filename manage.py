#!/usr/bin/env python
"""Django's commands. `./run manage` runs this with the site's environment and servers."""

import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "interfax_site.settings")
    execute_from_command_line(sys.argv)
