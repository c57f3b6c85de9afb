"""Addresses of the shell."""

from __future__ import annotations

from django.urls import path

from keepwell.platform.pages import errors, views

WORDS = (
    "govern",
    "identify",
    "protect",
    "detect",
    "respond",
    "recover",
    "supply-chain",
    "publish",
    "organization",
    "administration",
)

urlpatterns = [
    path("menu/", views.show_menu, name="menu"),
    path("unit/", views.choose_unit, name="choose-unit"),
    path("theme/", views.choose_theme, name="theme"),
    path("language/", views.choose_language, name="language"),
    path("keys/", views.choose_keys, name="keys"),
    path("handbook/", views.show_handbook, name="handbook"),
    path("handbook/<slug:slug>/", views.show_handbook, name="handbook-chapter"),
    path("components/", views.show_components, name="components"),
    path("too-large/", errors.show_too_large, name="too-large"),
    *[path(f"{slug}/", views.show_word, {"slug": slug}, name=f"word-{slug}") for slug in WORDS],
]
