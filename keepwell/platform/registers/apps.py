"""Each area is heard by file name: nothing above needs to import its rooms."""

from importlib import import_module
from importlib.util import find_spec

from django.apps import AppConfig
from django.conf import settings

ROOMS = ("rules", "registers", "metrics", "reports", "feeds", "jobs")


class RegistersConfig(AppConfig):
    """Loads the rooms of every area once the models stand."""

    name = "keepwell.platform.registers"

    def ready(self) -> None:
        import_module("keepwell.platform.registers.jobs")
        for area in settings.AREAS:
            for room in ROOMS:
                if find_spec(f"{area}.{room}"):
                    import_module(f"{area}.{room}")
