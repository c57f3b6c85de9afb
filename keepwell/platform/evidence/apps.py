"""The app of evidence; its acts, what it asks of people and its background work are known everywhere."""

from importlib import import_module

from django.apps import AppConfig


class EvidenceConfig(AppConfig):
    name = "keepwell.platform.evidence"

    def ready(self) -> None:
        for room in ("rules", "custody", "duties", "jobs"):
            import_module(f"keepwell.platform.evidence.{room}")
