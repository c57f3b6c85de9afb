"""The app of todos; its daily round is known to the workers."""

from importlib import import_module

from django.apps import AppConfig


class TodosConfig(AppConfig):
    name = "keepwell.platform.todos"

    def ready(self) -> None:
        import_module("keepwell.platform.todos.jobs")
