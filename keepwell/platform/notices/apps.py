"""The app of notices: hears of what is owed, and lets workers know its rounds."""

from importlib import import_module

from django.apps import AppConfig


class NoticesConfig(AppConfig):
    name = "keepwell.platform.notices"

    def ready(self) -> None:
        for room in ("due", "jobs", "letters", "readers"):
            import_module(f"keepwell.platform.notices.{room}")
