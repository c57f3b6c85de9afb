"""The app of history; every worker seals the trail."""

from importlib import import_module

from django.apps import AppConfig


class HistoryConfig(AppConfig):
    name = "keepwell.platform.history"

    def ready(self) -> None:
        import_module("keepwell.platform.history.jobs")
