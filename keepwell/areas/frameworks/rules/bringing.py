"""Files that people bring in: a version or a profile, from OSCAL or from a table, whole or not at all."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from keepwell.areas.frameworks.models import Framework, Profile, ProfileLine, Version
from keepwell.areas.frameworks.rules import tables
from keepwell.areas.frameworks.rules.oscal import catalogs, profiles, reading
from keepwell.areas.frameworks.rules.outline import Heading, Outline
from keepwell.areas.frameworks.rules.taking_in import checked, take_in
from keepwell.kernel.refusing import Refused
from keepwell.platform.history import bulk
from keepwell.platform.history.acting import acting
from keepwell.platform.people.models import Person
from keepwell.platform.people.permissions import require
from keepwell.platform.people.roles import Level
from keepwell.platform.records.models import visible_to
from keepwell.platform.tree.models import Unit


@dataclass(frozen=True)
class File:
    """What somebody sends."""

    name: str
    content: bytes

    @property
    def is_oscal(self) -> bool:
        """Whether it is XML or JSON; anything else is a table."""
        return self.content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"<")

    @property
    def digest(self) -> str:
        return sha256(self.content).hexdigest()


@dataclass(frozen=True)
class Naming:
    """How the version shall be called; name and label as the file says if empty."""

    framework: str
    code: str
    name: str = ""
    label: str = ""


def bring_version(file: File, naming: Naming, *, by: Person) -> Version:
    """A draft of a version with all that `file` tells; raises Misread, Refused or PermissionDenied."""
    unit = _unit(naming.framework, by)
    if file.is_oscal:
        _kind, document = reading.read(file.content, kind="catalog")
        heading = catalogs.heading_of(
            document, framework=naming.framework, name=naming.name, code=naming.code, label=naming.label
        )
        outline = catalogs.outline_of(document, heading)
    else:
        label, name = naming.label or naming.code, naming.name or naming.framework
        outline = Outline(
            Heading(naming.framework, name, naming.code, label), tables.entries_of(file.content, file.name)
        )
    with acting(by, "version.bring_in", file=file.name, sha256=file.digest):
        return take_in(outline, unit)


def _unit(framework: str, by: Person) -> Unit:
    """Who answers for the framework, the group for a new one, where `by` may write it."""
    found = Framework.objects.current().filter(code=framework).select_related("unit").first()
    unit = found.unit if found else Unit.objects.get(kind=Unit.Kind.GROUP)
    if found is not None and not visible_to(Framework.objects.filter(pk=found.pk), by).exists():
        raise PermissionDenied(_("A framework of that code is there already; choose another one."))
    require(by, "frameworks", Level.EDIT, unit)
    return unit


def bring_profile(file: File, version: Version, *, code: str, name: str, by: Person) -> Profile:
    """A profile of `version` with all that `file` tells; raises Misread, Refused or PermissionDenied."""
    require(by, "frameworks", Level.EDIT, version.place)
    if Profile.objects.filter(code=code).exists():
        raise Refused(_("There is a profile “%(code)s” already.") % {"code": code})
    profile = Profile(framework_version=version, code=code, name=name or code)
    if file.is_oscal:
        _kind, document = reading.read(file.content, kind="profile")
        profile.name = name or document["metadata"]["title"][:200]
        lines = profiles.lines_of(document, version)
        profile.oscal = profiles.beyond(document)
    else:
        lines = tables.lines_of(file.content, file.name, version)
    with transaction.atomic(), acting(by, "profile.bring_in", file=file.name, sha256=file.digest):
        checked(profile)
        profile.save()
        _write_lines(profile, lines)
    return profile


def _write_lines(profile: Profile, lines: list[ProfileLine]) -> None:
    for line in lines:
        line.profile = profile
        checked(line)
    bulk.create_all(lines)
