"""Who somebody is here for whom another house vouches: by issuer and subject, never by mail address."""

from __future__ import annotations

import secrets

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from keepwell.kernel.refusing import Refused
from keepwell.platform.history.noting import note
from keepwell.platform.identity.changed import LINKED, tell_changed
from keepwell.platform.identity.models import Identity, Stranger
from keepwell.platform.identity.sso.providers import Vouched
from keepwell.platform.people.groups import groups_said
from keepwell.platform.people.models import Account, Barred, Person, canonical

MOST_STRANGERS = 500
LINK = "identity.link"


def account_of(vouched: Vouched) -> Account | None:
    """The account of the person whom `vouched` names, with the groups the house says; None for a stranger."""
    identity = _known(vouched) or _first(vouched)
    if identity is None:
        _note_stranger(vouched)
        return None
    Identity.objects.filter(pk=identity.pk).update(used_at=timezone.now())
    if vouched.groups is not None:
        groups_said(identity.person, vouched.groups, vouched.provider.name)
    account = Account.objects.select_related("person").filter(person=identity.person).first()
    return account or open_account(identity.person)


def _known(vouched: Vouched) -> Identity | None:
    found = Identity.objects.filter(issuer=vouched.provider.issuer, subject=vouched.subject)
    return found.select_related("person").filter(person__retired_at__isnull=True).first()


def _first(vouched: Vouched) -> Identity | None:
    """The link made at the first sign-in, where the settings trust the house with employee numbers."""
    if not vouched.provider.links_by_number or not vouched.number:
        return None
    if Identity.objects.filter(issuer=vouched.provider.issuer, subject=vouched.subject).exists():
        return None
    found = Person.objects.current().filter(number=vouched.number, kind=Person.Kind.EMPLOYEE).first()
    if found is None or found.identities.filter(issuer=vouched.provider.issuer).exists():
        return None
    return link(found, vouched.provider.name, vouched.provider.issuer, vouched.subject, by=None)


def link(person: Person, provider: str, issuer: str, subject: str, *, by: Person | None) -> Identity:
    """Let whom `issuer` calls `subject` be `person` from now on; `by` None: the house's word was enough."""
    if person.identities.filter(issuer=issuer).exists():
        raise Refused(
            _("%(person)s is known to that provider under another name; end that link first.")
            % {"person": person}
        )
    with transaction.atomic():
        made = Identity.objects.create(
            person=person, provider=provider, issuer=issuer, subject=subject, linked_by=str(by or provider)
        )
        Stranger.objects.filter(issuer=issuer, subject=subject).delete()
        note(
            by or person,
            LINK,
            kind="event",
            record=person,
            provider=provider,
            by_number=by is None,
        )
        known = settings.KEEPWELL_SSO.get(provider)
        tell_changed(person, LINKED, provider=known.title if known else provider)
    return made


def open_account(person: Person) -> Account:
    """A way in for `person` without a password: other houses vouch. It gives no right."""
    name = canonical(person.number)
    if Account.objects.filter(sign_in_name=name).exists():
        name = f"{name}-{secrets.token_hex(3)}"
    account = Account(person=person, sign_in_name=name)
    account.set_unusable_password()
    account.save()
    return account


def _note_stranger(vouched: Vouched) -> None:
    """Let administrators see who knocked; nobody is entered, old ones make room, and of somebody who was erased
    nothing is written down again."""
    if vouched.number in Barred():
        note(None, "session.stranger", kind="refusal", provider=vouched.provider.name)
        return
    facts = {"provider": vouched.provider.name, "name": vouched.name, "mail": vouched.mail,
             "number": vouched.number[:40], "last_at": timezone.now()}  # fmt: skip
    Stranger.objects.update_or_create(issuer=vouched.provider.issuer, subject=vouched.subject, defaults=facts)
    kept = Stranger.objects.order_by("-last_at", "-pk")[:MOST_STRANGERS]
    if Stranger.objects.count() > MOST_STRANGERS:
        Stranger.objects.exclude(pk__in=list(kept.values_list("pk", flat=True))).delete()
    note(None, "session.stranger", kind="refusal", provider=vouched.provider.name)
