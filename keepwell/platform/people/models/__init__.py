"""Rows of people: who they are, how they sign in, what each may do where, and what groups say of them."""

import keepwell.platform.people.models.below  # noqa: F401  # what lower floors hold is declared there
from keepwell.platform.people.models.erased import Barred, ErasedNumber, barred_sentence
from keepwell.platform.people.models.grants import Grant, GrantQuerySet
from keepwell.platform.people.models.groups import Group, GroupRule, Membership
from keepwell.platform.people.models.handed import Handed
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
    "Barred",
    "Budget",
    "ErasedNumber",
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
    "Handed",
    "Service",
    "Token",
    "barred_sentence",
    "canonical",
]
