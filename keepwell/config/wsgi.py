"""The site as a WSGI application; `keepwell serve` runs it."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "keepwell.config.settings")
application = get_wsgi_application()
