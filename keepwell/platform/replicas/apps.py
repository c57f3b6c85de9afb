"""The app of replicas: how far people wrote."""

from django.apps import AppConfig


class ReplicasConfig(AppConfig):
    name = "keepwell.platform.replicas"
