"""Looking after how other people sign in; nobody does it for somebody who may do more than they."""

from __future__ import annotations

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from keepwell.kernel.refusing import Refused
from keepwell.platform.history.models import Change
from keepwell.platform.history.noting import note
from keepwell.platform.identity import changed, links
from keepwell.platform.identity.changed import tell_changed
from keepwell.platform.identity.models import Identity, Session, Stranger
from keepwell.platform.identity.sessions import seats
from keepwell.platform.identity.sso.linking import LINK, link
from keepwell.platform.people.ceiling import require_above
from keepwell.platform.people.models import Account, Person, canonical
from keepwell.platform.people.permissions import may, may_everywhere, units_granted
from keepwell.platform.people.roles import Level

AREA = "administration"
RESET = "factor.reset"
SHORTEST_ACCOUNT, LONGEST_ACCOUNT = 10, 300


def people_tended(by: Person, words: str = "") -> QuerySet[Person]:
    """People of the units that `by` administers in whose name, number or sign-in name every word stands."""
    found = Person.objects.current().filter(unit__in=units_granted(by, AREA, Level.ADMINISTER))
    for word in words.replace("\x00", "").split()[:4]:
        found = found.filter(
            Q(name__icontains=word) | Q(name_local__icontains=word) | Q(number__icontains=word)
            | Q(account__sign_in_name__icontains=word)
        )  # fmt: skip
    return found.exclude(kind=Person.Kind.MACHINE)


def why_not(by: Person, person: Person) -> str:
    """Why `by` may not change how `person` signs in; "" if they may."""
    if by.pk == person.pk:
        return _("Nobody does this for themselves; ask somebody else who administers here.")
    if not may(by, AREA, Level.ADMINISTER, person.unit):
        return _("You do not administer the unit of %(person)s.") % {"person": person}
    try:
        require_above(by, person)
    except PermissionDenied:
        return _("%(person)s may do more than you; somebody who may do as much must do this.") % {
            "person": person
        }
    return ""


def require_tending(by: Person, person: Person) -> None:
    """Refuse unless `by` may change how `person` signs in."""
    if reason := why_not(by, person):
        raise PermissionDenied(reason)


def let_in(one: Person, other: Person, *, since: datetime) -> bool:
    """Whether `one` came by a way in of `other` since then: a link that was shown, an identity of another
    house, or the mail address to which links go."""
    rows = Change.objects.of(other).filter(by=one.pk, at__gte=since)
    shown = Q(verb=links.LINKED, answers__shown=True)
    return rows.filter(shown | Q(verb=LINK) | Q(kind="change", after__mail__isnull=False)).exists()


def reset_factors(person: Person, *, by: Person, identified: str) -> int:
    """Take every second factor and recovery code of `person` away; returns how many factors those were.

    `identified` says how `by` made sure who asks, in 10 to 300 characters; the trail keeps it.
    """
    require_tending(by, person)
    account, identified = person.account, identified.strip()
    if not SHORTEST_ACCOUNT <= len(identified) <= LONGEST_ACCOUNT:
        raise Refused(
            _("Write in %(least)d to %(most)d characters how you made sure who asks.")
            % {"least": SHORTEST_ACCOUNT, "most": LONGEST_ACCOUNT}
        )
    with transaction.atomic():
        count, _kinds = account.factors.all().delete()
        account.recovery_codes.all().delete()
        note(by, RESET, kind="event", record=person, factors=count, identified=identified)
        tell_changed(person, changed.RESET)
        _end(account)
    return count


def end_sessions(person: Person, *, by: Person, name: str = "") -> int:
    """End the session of `person` called `name`, or every one; returns how many those were."""
    require_tending(by, person)
    account = person.account
    wanted = [seat for seat in seats(account) if name in ("", seat.name)]
    if not wanted:
        return 0
    with transaction.atomic():
        if name:
            Session.objects.filter(account=account, pk__in=[seat.key for seat in wanted]).delete()
        else:
            _end(account)
        note(by, "session.end", kind="event", record=person, count=len(wanted))
    return len(wanted)


def open_account(person: Person, sign_in_name: str, *, by: Person) -> Account:
    """Let `person` sign in as `sign_in_name`; the password comes by a link."""
    require_tending(by, person)
    name = canonical(sign_in_name)
    if not name:
        raise Refused(_("A sign-in name has at least one letter."))
    if Account.objects.filter(sign_in_name=name).exclude(person=person).exists():
        raise Refused(_("Somebody else signs in as “%(name)s”.") % {"name": name})
    with transaction.atomic():
        account = Account.objects.filter(person=person).first() or Account(person=person)
        if account._state.adding:
            account.set_unusable_password()
        account.sign_in_name, account.is_active = name, True
        account.save()
        note(by, "account.open", kind="event", record=person)
        tell_changed(person, changed.OPENED, name=name)
    return account


def close_account(person: Person, *, by: Person) -> None:
    """Let `person` sign in no more, from the next request on; tokens end with it."""
    require_tending(by, person)
    account = person.account
    with transaction.atomic():
        account.is_active = False
        account.save(update_fields=["is_active"])
        note(by, "account.close", kind="event", record=person)
        _end(account)


def link_stranger(stranger: Stranger, person: Person, *, by: Person) -> Identity:
    """Let the stranger for whom another house vouches be `person` from now on."""
    require_tending(by, person)
    if person.retired_at is not None:
        raise Refused(_("%(person)s is here no more.") % {"person": person})
    return link(person, stranger.provider, stranger.issuer, stranger.subject, by=by)


def unlink(identity: Identity, *, by: Person) -> None:
    """Let another house vouch for this person no more."""
    require_tending(by, identity.person)
    with transaction.atomic():
        note(by, "identity.unlink", kind="event", record=identity.person, provider=identity.provider)
        account = Account.objects.filter(person=identity.person).first()
        identity.delete()
        if account:
            _end(account)


def sees_strangers(by: Person) -> bool:
    """Whether `by` may see who knocked: they belong to no unit yet, so it needs the whole group."""
    return may_everywhere(by, AREA, Level.ADMINISTER)


def _end(account: Account) -> None:
    Account.end_sessions([account.person_id])
    Session.objects.filter(account=account).delete()
