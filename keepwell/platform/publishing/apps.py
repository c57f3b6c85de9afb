"""The Django application of publishing."""

from __future__ import annotations

from django.apps import AppConfig


class Publishing(AppConfig):
    """Blocks and their writers; no tables of its own."""

    name = "keepwell.platform.publishing"
    label = "publishing"
