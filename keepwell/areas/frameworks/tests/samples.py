"""Sample records for the house tests."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from keepwell.areas.frameworks.models import (
    Framework,
    Guidance,
    Mapping,
    Node,
    Profile,
    ProfileLine,
    Scale,
    Version,
)
from keepwell.platform.people.models import Person
from keepwell.platform.records.models import Record
from keepwell.platform.tree.models import Unit


def frameworks(unit: Unit, person: Person) -> Framework:
    """A framework that `unit` answers for."""
    return Framework(code="own", name="Own rules", name_zh="自訂規範", publisher="Meridian", unit=unit)


def framework_versions(unit: Unit, person: Person) -> Version:
    """A version of a framework of the same unit, which is made with it."""
    return Version(framework=_framework(unit), code="own-1", label="1", released_on=date(2024, 1, 1))


def requirements(unit: Unit, person: Person) -> Node:
    """A requirement below another one of a draft."""
    return Node(framework_version=_version(unit), parent=node("TOP", unit), code="TOP-1", is_scored=True,
                statement="Rules are written.", statement_zh="規範已文件化。", examples=["A | B"])  # fmt: skip


def mappings(unit: Unit, person: Person) -> Mapping:
    """A requirement that went over into one not mapped yet; the one after that is there too."""
    count = Mapping.objects.count()
    node(f"NEXT-{count + 1}", unit, "b")
    return Mapping(source=node("TOP", unit), target=node(f"NEXT-{count}", unit, "b"), relation="moved")


def guidance(unit: Unit, person: Person) -> Guidance:
    """What level 2 asks of a requirement that has no guidance yet; the one after that is there too."""
    count = Guidance.objects.count()
    node(f"NEXT-{count + 1}", unit)
    scale = Scale.objects.filter(code="five").first() or _saved(
        Scale(code="five", name="Up to five", highest=Decimal(5), unit=unit)
    )
    return Guidance(node=node(f"NEXT-{count}", unit), scale=scale, level=2, text="It is done by plan.")


def scales(unit: Unit, person: Person) -> Scale:
    """A scale from 0 to 3."""
    return Scale(code="three", name="Up to three", name_zh="零至三", highest=Decimal(3), unit=unit)


def profiles(unit: Unit, person: Person) -> Profile:
    """A profile of a draft of `unit`."""
    return Profile(framework_version=_version(unit), code="own-profile", name="What matters to us")


def profile_lines(unit: Unit, person: Person) -> ProfileLine:
    """A line about a requirement of which the profile does not speak yet; the one after that is there too."""
    count = ProfileLine.objects.count()
    node(f"NEXT-{count + 1}", unit)
    code = f"for-{unit.code.lower()}"
    profile = Profile.objects.filter(code=code).first() or _saved(
        Profile(framework_version=_version(unit), code=code, name="Theirs")
    )
    return ProfileLine(
        profile=profile, node=node(f"NEXT-{count}", unit), priority="High", target=Decimal("2.5")
    )


def node(code: str, unit: Unit, suffix: str = "a") -> Node:
    """The requirement `code` of a draft of `unit`; `suffix` tells one draft from another."""
    version = _version(unit, suffix)
    found = version.nodes.filter(code=code).first()
    return found or _saved(Node(framework_version=version, code=code, title="Top"))


def _framework(unit: Unit) -> Framework:
    code = f"of-{unit.code.lower()}"
    return Framework.objects.filter(code=code).first() or _saved(
        Framework(code=code, name="Of it", unit=unit)
    )


def _version(unit: Unit, suffix: str = "a") -> Version:
    framework = _framework(unit)
    code = f"{framework.code}-{suffix}"
    found = Version.objects.filter(code=code).select_related("framework__unit").first()
    return found or _saved(Version(framework=framework, code=code, label=suffix))


def _saved(record: Record) -> Record:
    record.save()
    return record
