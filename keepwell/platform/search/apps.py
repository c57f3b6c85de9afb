"""The app of search; it follows every change of a record."""

from importlib import import_module

from django.apps import AppConfig


class SearchConfig(AppConfig):
    name = "keepwell.platform.search"

    def ready(self) -> None:
        from keepwell.platform.history.following import FOLLOWERS
        from keepwell.platform.search.following import Index

        FOLLOWERS.append(Index())
        import_module("keepwell.platform.search.jobs")
