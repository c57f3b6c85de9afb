"""Groups: those an identity provider told, and who belongs to them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import OuterRef, QuerySet, Subquery
from scim2_models import InvalidValueException, Meta, Reference

from keepwell.areas.administration.api.scim.filters import Attribute, Table
from keepwell.areas.administration.api.scim.shapes import Group, Member
from keepwell.areas.administration.api.scim.users import memberships
from keepwell.areas.administration.rules.provisioning import Taken, provisioned
from keepwell.kernel import moments
from keepwell.platform.history.models import Change
from keepwell.platform.people import models as rows
from keepwell.platform.people.groups import begin_memberships, end_memberships, follow_rules
from keepwell.platform.people.models import Membership, Person

SCHEMA = "urn:ietf:params:scim:schemas:core:2.0:Group"
TABLE: Table = {
    "id": Attribute("pk", kind="id"),
    "externalid": Attribute("external_id", exact=True),
    "displayname": Attribute("name"),
    "meta.created": Attribute("created", kind="moment"),
    "meta.lastmodified": Attribute("modified", kind="moment"),
}
SORTED = {name: attribute.column for name, attribute in TABLE.items()}


def table(client: Person) -> Table:
    """What may be asked of groups, their members among it."""
    return {
        **TABLE,
        "members.value": Attribute("person", kind="id", within=memberships(client), owner="group"),
    }


def asked(client: Person) -> QuerySet[Any]:
    """The groups that `client` told."""
    changes = Change.objects.filter(record_type=rows.Group.type_name(), record_id=OuterRef("pk"))
    return rows.Group.objects.current().filter(source=client.number).annotate(
        created=Subquery(changes.order_by("id").values("at")[:1]),
        modified=Subquery(changes.order_by("-id").values("at")[:1]),
    )  # fmt: skip


def shown(groups: Iterable[Any], client: Person, base: str, *, members: bool = True) -> list[Group]:
    """`groups` with their members, as far as the client sees them; one query however many they are."""
    found = list(groups)
    of: dict[UUID, list[Membership]] = defaultdict(list)
    if members:
        told = memberships(client).filter(group__in=found, person__in=provisioned(client).values("pk"))
        for membership in told.order_by("pk"):
            of[membership.group_id].append(membership)
    return [_group(group, of[group.pk], base) for group in found]


def version(group: rows.Group) -> str:
    """The version of a group; a change of members is one of the group."""
    return f'W/"{group.version}"'


def _group(group: Any, members: list[Membership], base: str) -> Group:
    meta = Meta(
        resource_type="Group", created=getattr(group, "created", None), last_modified=getattr(group, "modified", None),
        location=f"{base}/Groups/{group.pk}", version=version(group),
    )  # fmt: skip
    listed = [
        Member(value=str(one.person_id), ref=Reference(f"{base}/Users/{one.person_id}"), type="User")
        for one in members
    ]
    found = Group(id=str(group.pk), display_name=group.name, members=listed or None, meta=meta)
    found.external_id = group.external_id or None
    return found


def write(group: rows.Group | None, told: Group, client: Person) -> rows.Group:
    """Let a group be as the client tells, its members and what rules give them too; within an act."""
    name = (told.display_name or "").strip()
    if not name or len(name) > 200:
        raise InvalidValueException(detail="displayName has 1 to 200 characters.")
    found = group or rows.Group(source=client.number, unit=client.unit)
    if asked(client).filter(name=name).exclude(pk=found.pk).exists():
        raise Taken(f"You have a group called “{name}” already.")
    renamed = found.name != name
    found.name, found.external_id = name, told.external_id or ""
    found.save()
    changed = _members(found, told, client)
    if changed:
        found.members_changed += 1
        found.save()
    if changed or renamed:
        everybody = set(memberships(client).filter(group=found).values_list("person", flat=True)) | changed
        follow_rules(everybody)
    return found


def _members(group: rows.Group, told: Group, client: Person) -> set[UUID]:
    """Let just those belong to `group` who were told; returns who came or went."""
    wanted = {_uuid(member.value) for member in told.members or []}
    visible = provisioned(client)
    told_before = memberships(client).filter(group=group, person__in=visible.values("pk"))
    held = {one.person_id: one for one in told_before.select_related("group")}
    fresh = list(visible.filter(pk__in=wanted - held.keys()))
    unknown = wanted - held.keys() - {person.pk for person in fresh}
    if unknown:
        raise InvalidValueException(detail=f"No user of yours has the id {min(map(str, unknown))}.")
    gone = [membership for person, membership in held.items() if person not in wanted]
    end_memberships(gone)
    begin_memberships([(group, person) for person in fresh])
    return {person.pk for person in fresh} | {membership.person_id for membership in gone}


def _uuid(value: str | None) -> UUID:
    try:
        return UUID(value or "")
    except ValueError as error:
        raise InvalidValueException(detail=f"“{value}” is the id of no user.") from error


def delete(group: rows.Group, client: Person) -> None:
    """End a group, and what rules give to its members; within an act."""
    held = list(memberships(client).filter(group=group).select_related("group"))
    end_memberships(held)
    group.retired_at = moments.now()
    group.save()
    follow_rules({membership.person_id for membership in held})
