"""Telling people that how they sign in was changed, by whatever way: in their list at once, and by mail."""

from __future__ import annotations

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_noop

from keepwell.platform.notices.telling import Message, tell
from keepwell.platform.people.models import Person

PASSWORD = gettext_noop(
    "The password with which you sign in was changed. Was it not you? Tell at once who administers Keepwell."
)
ADDED = gettext_noop(
    "A second factor was added to how you sign in. Was it not you? Tell at once who administers Keepwell."
)
REMOVED = gettext_noop(
    "A second factor was removed from how you sign in. Was it not you? Tell at once who administers Keepwell."
)
RECOVERY = gettext_noop(
    "Your recovery codes were made anew; those before open nothing. Was it not you? Tell at once who administers Keepwell."
)
RESET = gettext_noop(
    "An administrator took your second factors away. If you did not ask for it, tell them at once."
)
OPENED = gettext_noop(
    "You sign in as “%(name)s” from now on. Did you not ask for it? Tell at once who administers Keepwell."
)
LINKED = gettext_noop(
    "%(provider)s vouches for you when you sign in from now on. Is it not yours? Tell at once who administers Keepwell."
)


def tell_changed(person: Person, what: str, **facts: str) -> None:
    """Tell `person`, in the transaction of the change; nobody can switch these mails off."""
    key = f"changed:{timezone.now().isoformat()}"
    tell([person], Message(kind="access.changed", key=key, what=what, facts=facts, url=reverse("account")))
