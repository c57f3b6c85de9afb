"""The app of metrics; its nightly count is known to the workers."""

from importlib import import_module

from django.apps import AppConfig


class MetricsConfig(AppConfig):
    name = "keepwell.platform.metrics"

    def ready(self) -> None:
        import_module("keepwell.platform.metrics.jobs")
