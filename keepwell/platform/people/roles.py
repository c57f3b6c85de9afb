"""Roles: what each may do in which area. A table, so that an auditor can read it."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Level(models.IntegerChoices):
    """How far a right goes; each level holds those before it."""

    VIEW = 1, _("view")
    EDIT = 2, _("edit")
    DECIDE = 3, _("decide")
    ADMINISTER = 4, _("administer")


@dataclass(frozen=True)
class Role:
    """A set of rights by area, granted to a person at a unit."""

    name: str
    title: str | Promise
    levels: dict[str, Level]

    def allows(self, area: str, level: Level) -> bool:
        """Whether the role holds at least `level` in `area`."""
        return self.levels.get(area, 0) >= level


def _role(name: str, title: str | Promise, **levels: Level) -> Role:
    return Role(name, title, levels)


VIEW, EDIT, DECIDE, ADMINISTER = Level.VIEW, Level.EDIT, Level.DECIDE, Level.ADMINISTER

_TABLE = [
    _role("group_ciso", _("group CISO"), organization=DECIDE, people=DECIDE, awareness=DECIDE, assurance=DECIDE,
          assessment=DECIDE, evidence=DECIDE, frameworks=DECIDE, reporting=DECIDE, administration=VIEW, systems=DECIDE,
          improvement=DECIDE, incidents=DECIDE),
    _role("secretariat", _("secretariat"), organization=EDIT, people=VIEW, awareness=EDIT, assurance=EDIT,
          assessment=DECIDE, evidence=EDIT, frameworks=DECIDE, reporting=DECIDE,
          systems=EDIT, improvement=DECIDE, incidents=EDIT),
    _role("site_officer", _("site security officer"), organization=VIEW, people=VIEW, awareness=EDIT, assurance=EDIT,
          assessment=EDIT, evidence=EDIT, frameworks=VIEW, reporting=VIEW,
          systems=EDIT, improvement=EDIT, incidents=EDIT),
    _role("hr_importer", _("HR importer"), organization=VIEW, people=EDIT, awareness=EDIT, frameworks=VIEW),
    _role("board_reader", _("Board reader"), organization=VIEW, frameworks=VIEW, improvement=VIEW, assessment=VIEW,
          assurance=VIEW, reporting=VIEW),
    _role("consultant", _("consultant"), organization=VIEW, frameworks=VIEW, improvement=VIEW, assessment=VIEW,
          assurance=VIEW, evidence=VIEW),
    _role("auditor", _("auditor"), organization=VIEW, people=VIEW, awareness=VIEW, assurance=VIEW, evidence=VIEW,
          frameworks=VIEW, assessment=VIEW, reporting=VIEW, administration=VIEW, systems=VIEW,
          improvement=VIEW, incidents=VIEW),
    # Whoever reads what was told without a name reads nothing else by it, and no other role includes it.
    _role("designated_person", _("designated person (reports without a name)"), organization=VIEW, disclosures=EDIT),
    _role("employee", _("employee"), organization=VIEW, frameworks=VIEW),
    _role("administrator", _("administrator"), organization=ADMINISTER, people=ADMINISTER, awareness=ADMINISTER,
          assurance=ADMINISTER, evidence=ADMINISTER, frameworks=ADMINISTER, assessment=ADMINISTER,
          reporting=ADMINISTER,
          administration=ADMINISTER, systems=ADMINISTER, improvement=ADMINISTER, incidents=ADMINISTER),
]  # fmt: skip
ROLES: dict[str, Role] = {role.name: role for role in _TABLE}


def roles_with(area: str, level: Level) -> list[str]:
    """Names of the roles that hold at least `level` in `area`."""
    return [role.name for role in ROLES.values() if role.allows(area, level)]
