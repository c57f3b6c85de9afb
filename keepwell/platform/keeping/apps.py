"""The app of keeping; its scheduled backup is known to the workers."""

from importlib import import_module

from django.apps import AppConfig


class KeepingConfig(AppConfig):
    name = "keepwell.platform.keeping"

    def ready(self) -> None:
        import_module("keepwell.platform.keeping.jobs")
