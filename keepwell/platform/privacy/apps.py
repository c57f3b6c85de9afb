"""The app of privacy; its work in the background is known to the workers."""

from importlib import import_module

from django.apps import AppConfig


class PrivacyConfig(AppConfig):
    name = "keepwell.platform.privacy"

    def ready(self) -> None:
        import_module("keepwell.platform.privacy.jobs")
