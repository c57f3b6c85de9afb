"""Who has a hand in a task, as the shipped playbooks name them, in the reader's language."""

from __future__ import annotations

from django.utils.translation import gettext, pgettext_lazy

TEAMS = {
    "IT": pgettext_lazy("team", "IT"),
    "OT": pgettext_lazy("team", "OT"),
    "plant": pgettext_lazy("team", "plant"),
    "legal": pgettext_lazy("team", "legal"),
    "network": pgettext_lazy("team", "network"),
    "quality": pgettext_lazy("team", "quality"),
    "mail": pgettext_lazy("team", "mail"),
    "controller maker": pgettext_lazy("team", "controller maker"),
    "board": pgettext_lazy("team", "board"),
    "insurer": pgettext_lazy("team", "insurer"),
    "communication": pgettext_lazy("team", "communication"),
    "awareness": pgettext_lazy("team", "awareness"),
    "sales": pgettext_lazy("team", "sales"),
    "provider": pgettext_lazy("team", "provider"),
    "owner": pgettext_lazy("team", "owner"),
    "security": pgettext_lazy("team", "security"),
    "HR": pgettext_lazy("team", "HR"),
}


def teams_here(team: str) -> str:
    """`team`, parted by commas, in the reader's language; what a group wrote itself stays as it is."""
    words = (word.strip() for word in team.split(","))
    return gettext(", ").join(str(TEAMS.get(word, word)) for word in words if word)
