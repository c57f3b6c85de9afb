"""The app of identity; its work in the background is known to the workers."""

from importlib import import_module

from django.apps import AppConfig


class IdentityConfig(AppConfig):
    name = "keepwell.platform.identity"

    def ready(self) -> None:
        for room in ("jobs", "telling"):
            import_module(f"keepwell.platform.identity.{room}")
