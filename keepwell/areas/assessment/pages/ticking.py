"""Requirements to be ticked on a form, by code and by what they ask."""

from __future__ import annotations

from collections.abc import Container, Iterable

from keepwell.areas.assessment.models import Assessment
from keepwell.areas.assessment.rules.outlines import Line
from keepwell.areas.frameworks.models import Node


def choices(held: Assessment, lines: Iterable[Line], *, first: Container[str]) -> list[tuple[str, str]]:
    """The choices of a form for `lines` of an assessment: those whose codes are `first`, then the others; one query."""
    version = held.cycle.framework_version
    told = {node.pk: node.text_here for node in Node.objects.filter(framework_version=version)}
    found = [(line.code, f"{line.code} {told[line.pk]}") for line in lines]
    return sorted(found, key=lambda choice: choice[0] not in first)
