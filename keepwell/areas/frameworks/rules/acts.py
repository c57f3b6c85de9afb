"""What may be decided about a version, and what its requirements allow while it is in use."""

from __future__ import annotations

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from keepwell.areas.frameworks.models import Node, Version
from keepwell.platform.acts.act import Refused, act
from keepwell.platform.people.models import Person
from keepwell.platform.people.roles import Level
from keepwell.platform.records.guards import guards

FIXED = ("framework_version_id", "code", "parent_id", "is_scored", "withdrawn")


def is_draft(version: Version) -> bool:
    """Whether it may still be written."""
    return version.state == Version.State.DRAFT and version.retired_at is None


def is_in_use(version: Version) -> bool:
    """Whether cycles may be opened on it."""
    return version.is_in_use


def was_put_aside(version: Version) -> bool:
    """Whether it is no longer for new cycles."""
    return version.state == Version.State.RETIRED and version.retired_at is None


@act(
    Level.DECIDE,
    label=_("Take into use"),
    offered=is_draft,
    explains=_(
        "Cycles can be opened on it from now on, and what it asks stays as it is; wording can still be mended. "
        "“What changed” shows before what becomes of answers to the former version."
    ),
)
def take_into_use(version: Version, *, by: Person) -> None:
    """Let cycles be opened on a version, whose requirements are fixed from now on."""
    if not version.nodes.scored().exists():
        raise Refused(gettext("Nothing in it is answered yet; bring in its requirements first."))
    version.state = Version.State.IN_USE
    version.save()


@act(
    Level.DECIDE,
    label=_("Put aside"),
    offered=is_in_use,
    explains=_("No new cycle can be opened on it; those that were stay as they are."),
)
def put_aside(version: Version, *, by: Person, reason: str) -> None:
    """Keep new cycles off a version."""
    version.state = Version.State.RETIRED
    version.save()


@act(
    Level.DECIDE,
    label=_("Take up again"),
    offered=was_put_aside,
    explains=_("Cycles can be opened on it again."),
)
def take_up_again(version: Version, *, by: Person, reason: str) -> None:
    """Let cycles be opened again on a version that was put aside."""
    version.state = Version.State.IN_USE
    version.save()


@guards(Node)
def keep_in_use(node: Node, by: Person) -> None:
    """What is asked by a version that is in use stays; wording, examples and translations may be mended."""
    if is_draft(node.framework_version):
        return
    if node._state.adding or any(node._loaded[name] != getattr(node, name) for name in FIXED):
        raise Refused(
            gettext("%(version)s is in use; what it asks stays. Make a new version of it.")
            % {"version": node.framework_version}
        )
