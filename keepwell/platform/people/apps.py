"""The app of people; what is refused to them in the background is kept too."""

from importlib import import_module

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "keepwell.platform.people"

    def ready(self) -> None:
        import_module("keepwell.platform.people.jobs")
