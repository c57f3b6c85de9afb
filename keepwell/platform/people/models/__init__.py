"""Rows of people: who they are, how they sign in, what each may do where, and what groups say of them."""

from keepwell.platform.people.models.grants import Grant, GrantQuerySet
from keepwell.platform.people.models.groups import Group, GroupRule, Membership
from keepwell.platform.people.models.outside import Outsider, Service
from keepwell.platform.people.models.persons import (
    LANGUAGES,
    Account,
    Budget,
    Person,
    PersonQuerySet,
    Posting,
    canonical,
)
from keepwell.platform.people.models.provisions import Provision
from keepwell.platform.people.models.tokens import Token

__all__ = [
    "LANGUAGES",
    "Account",
    "Budget",
    "Grant",
    "GrantQuerySet",
    "Group",
    "GroupRule",
    "Membership",
    "Outsider",
    "Person",
    "PersonQuerySet",
    "Posting",
    "Provision",
    "Service",
    "Token",
    "canonical",
]
