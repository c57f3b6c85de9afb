"""What a user and a group look like to an identity provider: the attributes that are kept, and no others."""

from __future__ import annotations

from typing import Annotated, Any, Generic

from pydantic import EmailStr, Field
from scim2_models import (
    URN,
    AuthenticationScheme,
    Bulk,
    CaseExact,
    ChangePassword,
    ComplexAttribute,
    ETag,
    Extension,
    Filter,
    Mutability,
    Patch,
    Reference,
    Required,
    Resource,
    ResourceType,
    ScimPolicy,
    ServiceProviderConfig,
    Sort,
    Uniqueness,
)
from scim2_models.resources.resource import AnyExtension

MOST_RESULTS = 200
MOST_OPERATIONS = 1_000
MOST_BYTES = 1 << 20
# Providers send attributes that are not kept here, and filters that find nothing yet.
TOLERANT = ScimPolicy(
    unknown=ScimPolicy.Unknown.ignore, unmatched_path_filter=ScimPolicy.UnmatchedPathFilter.create
)


class Name(ComplexAttribute):
    """The parts of a name, as told; `displayName` is what people see."""

    formatted: str | None = None
    family_name: str | None = None
    given_name: str | None = None


class Email(ComplexAttribute):
    """A mail address."""

    value: EmailStr | None = None
    type: str | None = Field(None, examples=["work", "home", "other"])
    primary: bool | None = None


class Belonging(ComplexAttribute):
    """A group of the user, told by the groups."""

    value: Annotated[str | None, Mutability.read_only, CaseExact.true] = None
    ref: Annotated[Reference[Group] | None, Mutability.read_only] = Field(
        None, serialization_alias="$ref", validation_alias="$ref"
    )
    display: Annotated[str | None, Mutability.read_only] = None


class User(Resource[AnyExtension], Generic[AnyExtension]):
    """A person with a way to sign in."""

    __schema__ = URN("urn:ietf:params:scim:schemas:core:2.0:User")

    user_name: Annotated[str | None, Uniqueness.server, Required.true] = None
    name: Name | None = None
    display_name: str | None = None
    preferred_language: str | None = None
    active: bool | None = None
    emails: list[Email] | None = None
    groups: Annotated[list[Belonging] | None, Mutability.read_only] = None


class Enterprise(Extension):
    """Where somebody works: the number, and the unit by its code."""

    __schema__ = URN("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User")

    employee_number: Annotated[str | None, Uniqueness.server] = None
    department: str | None = None


class Member(ComplexAttribute):
    """A user who belongs to a group."""

    value: Annotated[str | None, Mutability.immutable, CaseExact.true] = None
    ref: Annotated[Reference[User] | None, Mutability.immutable] = Field(
        None, serialization_alias="$ref", validation_alias="$ref"
    )
    type: Annotated[str | None, Mutability.immutable] = Field(None, examples=["User"])


class Group(Resource[Any]):
    """A group of the identity provider."""

    __schema__ = URN("urn:ietf:params:scim:schemas:core:2.0:Group")

    display_name: Annotated[str | None, Required.true, Uniqueness.server] = None
    members: list[Member] | None = None


Belonging.model_rebuild()
FullUser = User[Enterprise]
MODELS: dict[str, type[Resource[Any]]] = {"Users": FullUser, "Groups": Group}


def config(base: str) -> ServiceProviderConfig:
    """What this server can do."""
    bearer = AuthenticationScheme(
        type=AuthenticationScheme.Type.oauthbearertoken, name="Token of a service account", primary=True,
        description="Send `Authorization: Bearer kw_…`; an administrator makes it under Service accounts.",
    )  # fmt: skip
    return ServiceProviderConfig(
        documentation_uri=None,
        patch=Patch(supported=True),
        bulk=Bulk(supported=True, max_operations=MOST_OPERATIONS, max_payload_size=MOST_BYTES),
        filter=Filter(supported=True, max_results=MOST_RESULTS),
        change_password=ChangePassword(supported=False),
        sort=Sort(supported=True),
        etag=ETag(supported=True),
        authentication_schemes=[bearer],
    )


def resource_types() -> list[ResourceType]:
    """Users with their enterprise extension, and groups."""
    return [ResourceType.from_resource(model) for model in MODELS.values()]
