"""What it means in the forms of an incident's acts that no mark is chosen."""

from __future__ import annotations

from django.utils.translation import gettext


class LeftOpen:
    """What an incident says of its questions that are left open."""

    def get_tlp_display(self) -> str:
        """Its own mark in words, as the record that takes this has it."""
        raise NotImplementedError

    @property
    def empty_answers(self) -> dict[str, str]:
        """What its acts take where a question is left open, by its name, or the act's and its name."""
        as_it_is = gettext("As the incident: %(label)s") % {"label": self.get_tlp_display()}
        return {"tlp": as_it_is, "ask_sites.tlp": gettext("No mark of its own")}
