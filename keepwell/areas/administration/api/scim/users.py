"""Users: people as an identity provider sees them, and what it tells of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import (
    BooleanField,
    Case,
    Exists,
    FilteredRelation,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce
from scim2_models import InvalidValueException, Meta, Reference

from keepwell.areas.administration.api.scim.filters import Attribute, Table
from keepwell.areas.administration.api.scim.shapes import Belonging, Email, Enterprise, FullUser, Name, User
from keepwell.areas.administration.rules.provisioning import Told, is_here, provisioned, within_reach
from keepwell.platform.history.models import Change
from keepwell.platform.people.models import Account, Membership, Person, Provision
from keepwell.platform.tree.days import day_at
from keepwell.platform.tree.models import Unit

SCHEMA = "urn:ietf:params:scim:schemas:core:2.0:User"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:user"
TABLE: Table = {
    "id": Attribute("pk", kind="id"),
    "externalid": Attribute("mine__external_id", exact=True),
    "username": Attribute("user_name"),
    "displayname": Attribute("name"),
    "name.formatted": Attribute("name"),
    "name.givenname": Attribute("mine__given_name"),
    "name.familyname": Attribute("mine__family_name"),
    "preferredlanguage": Attribute("language"),
    "active": Attribute("is_active", kind="yes_no"),
    "emails.value": Attribute("mail"),
    "emails.type": Attribute("mail_type"),
    "emails.primary": Attribute("has_mail", kind="yes_no"),
    "meta.created": Attribute("created", kind="moment"),
    "meta.lastmodified": Attribute("modified", kind="moment"),
    f"{ENTERPRISE}:employeenumber": Attribute("number"),
    f"{ENTERPRISE}:department": Attribute("unit__code"),
}
LONGEST_NAME = 120


def table(client: Person) -> Table:
    """What may be asked of users, the groups of `client` among it."""
    rows = memberships(client)
    return {
        **TABLE,
        "groups.value": Attribute("group", kind="id", within=rows, owner="person"),
        "groups.display": Attribute("group__name", within=rows, owner="person"),
    }


def memberships(client: Person) -> QuerySet[Membership]:
    """Who belongs to which group that `client` told."""
    return Membership.objects.current().filter(group__source=client.number, group__retired_at__isnull=True)


def asked(client: Person) -> QuerySet[Any]:
    """The people whom `client` sees, with everything that filters, sorting and answers read."""
    mine = FilteredRelation(
        "provisioned", condition=Q(provisioned__client=client, provisioned__retired_at=None)
    )
    changes = Change.objects.filter(record_type=Person.type_name(), record_id=OuterRef("pk"))
    left = Q(employed_until__lt=day_at("unit"))
    ended = Exists(Account.objects.filter(person=OuterRef("pk"), is_active=False))
    return (
        provisioned(client)
        .select_related("unit", "account")
        .annotate(
            mine=mine,
            user_name=Coalesce("account__sign_in_name", "number"),
            is_active=Case(
                When(left | ended, then=Value(False)), default=Value(True), output_field=BooleanField()
            ),
            mail_type=Case(When(mail="", then=Value("")), default=Coalesce("mine__mail_type", Value("work"))),
            has_mail=Case(When(mail="", then=None), default=Value(True), output_field=BooleanField()),
            created=Subquery(changes.order_by("id").values("at")[:1]),
            modified=Subquery(changes.order_by("-id").values("at")[:1]),
        )
    )


def shown(people: Iterable[Any], client: Person, base: str) -> list[User[Enterprise]]:
    """`people` as users; two queries however many they are."""
    rows = list(people)
    mine = {p.person_id: p for p in Provision.objects.current().filter(client=client, person__in=rows)}
    belongs: dict[UUID, list[Membership]] = defaultdict(list)
    for membership in (
        memberships(client).filter(person__in=rows).select_related("group").order_by("group__name", "pk")
    ):
        belongs[membership.person_id].append(membership)
    return [_user(person, mine.get(person.pk), belongs[person.pk], base) for person in rows]


def version(person: Person, provision: Provision | None) -> str:
    """The version of a user: of the person's row and of what this client told."""
    return f'W/"{person.version}-{provision.version if provision else 0}"'


def _user(person: Any, provision: Provision | None, belongs: list[Membership], base: str) -> User[Enterprise]:
    told: dict[str, Any] = provision.told if provision else {}
    is_active = is_here(person)
    user = FullUser(
        id=str(person.pk),
        active=is_active if provision is None or not is_active or "active" in told else None,
        external_id=provision.external_id or None if provision else None,
    )
    user.user_name = _as_told(provision.user_name if provision else "", person)
    name = told.get("name") or {}
    if provision is None or name_of(told, user.user_name) != person.name:
        user.display_name, user.name = person.name, Name(formatted=person.name)
    else:
        user.display_name, user.name = told.get("displayName"), Name(**name) if name else None
    user.preferred_language = _kept(told.get("preferredLanguage"), language_of, person.language)
    user.emails = _emails(told, person)
    user.groups = [_belonging(one, base) for one in belongs] or None
    number = person.number if provision is None or told.get("employeeNumber") else None
    department = person.unit.code if provision is None or told.get("department") else None
    if number or department:
        user[Enterprise] = Enterprise(employee_number=number, department=department)
    user.meta = Meta(
        resource_type="User", created=getattr(person, "created", None), last_modified=getattr(person, "modified", None),
        location=f"{base}/Users/{person.pk}", version=version(person, provision),
    )  # fmt: skip
    return user


def _as_told(told: str, person: Person) -> str:
    """The user name in the capitals in which it was told, if it is that name still."""
    account = getattr(person, "account", None)
    name = account.sign_in_name if account else person.number
    return told if told.casefold().strip() == name.casefold() else name


def _kept(told: str | None, reading: Any, present: str) -> str | None:
    """What was told, if the person's row still says it; else what the row says."""
    return told if told is None or reading(told) == present else present


def _emails(told: dict[str, Any], person: Person) -> list[Email] | None:
    emails = told.get("emails") or []
    if emails and chosen(emails)[0] == person.mail:
        return [Email(**one) for one in emails]
    return [Email(value=person.mail, type="work", primary=True)] if person.mail else None


def _belonging(membership: Membership, base: str) -> Belonging:
    group = membership.group
    return Belonging(value=str(group.pk), ref=Reference(f"{base}/Groups/{group.pk}"), display=group.name)


def told_by(user: Any, client: Person) -> Told:
    """What a user, as the client sent it, tells of a person; raises InvalidValueException."""
    enterprise = user[Enterprise] or Enterprise()
    name = user.name.model_dump(exclude_none=True, by_alias=True) if user.name else {}
    emails = [one.model_dump(exclude_none=True, by_alias=True) for one in user.emails or [] if one.value]
    rest = {
        "displayName": user.display_name, "name": name, "emails": emails, "preferredLanguage": user.preferred_language,
        "employeeNumber": enterprise.employee_number, "department": enterprise.department, "active": user.active,
    }  # fmt: skip
    user_name = (user.user_name or "").strip()
    if not user_name:
        raise InvalidValueException(detail="userName must be filled in.")
    mail, mail_type = chosen(emails)
    return Told(
        user_name=user_name, name=name_of(rest, user_name), mail=mail, mail_type=mail_type or "work",
        language=language_of(user.preferred_language or ""), number=enterprise.employee_number or "",
        unit=unit_called(enterprise.department, client), is_active=user.active is not False,
        external_id=user.external_id or "", given_name=name.get("givenName", ""), family_name=name.get("familyName", ""),
        rest={key: value for key, value in rest.items() if value not in (None, {}, [], "")},
    )  # fmt: skip


def name_of(told: dict[str, Any], user_name: str) -> str:
    """What people see: the name shown, else as it is formatted, else its parts, else the user name."""
    name = told.get("name") or {}
    parts = " ".join(filter(None, (name.get("givenName"), name.get("familyName"))))
    return (told.get("displayName") or name.get("formatted") or parts or user_name)[:LONGEST_NAME]


def language_of(told: str) -> str:
    """The language of ours that a tag means, as zh-TW; English unless it is Chinese."""
    return "zh-hant" if told.lower().startswith("zh") else "en"


def chosen(emails: list[dict[str, Any]]) -> tuple[str, str]:
    """The one address that is kept, and its type: the primary one, else that for work, else the first."""
    ranked = sorted(emails, key=lambda one: (not one.get("primary"), one.get("type") != "work"))
    return (ranked[0]["value"], ranked[0].get("type", "")) if ranked else ("", "")


def unit_called(department: str | None, client: Person) -> Unit | None:
    """The unit that a department names by its code, within the client's reach; None if none is told."""
    if not department:
        return None
    found = within_reach(client).filter(code__iexact=department.strip()).first()
    if found is None:
        raise InvalidValueException(detail=f"No unit of yours has the code “{department}”.")
    return found


SORTED = {name: attribute.column for name, attribute in TABLE.items()} | {"name": "name", "emails": "mail"}
__all__ = ["SCHEMA", "SORTED", "asked", "shown", "table", "told_by", "version"]
