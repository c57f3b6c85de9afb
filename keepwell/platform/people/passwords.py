"""Which passwords are too easily guessed: words everybody here knows, and passwords that were stolen elsewhere."""

from __future__ import annotations

import mmap
import re
from collections.abc import Iterator
from hashlib import sha1
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.utils.translation import gettext as _

from keepwell.platform.people.models.persons import Account
from keepwell.platform.tree.models import Unit

PRODUCT = "keepwell"
SHORTEST_WORD = 3
FEWEST_LEFT = 8
DIGEST = re.compile(rb"[0-9A-F]{40}")


class OwnWords:
    """Refuses a password that is little more than names of the organization or of its owner.

    What is left when those words, digits and signs are taken out must have eight characters: then somebody who knows
    the place still has a passphrase to guess.
    """

    def validate(self, password: str, user: Account | None = None) -> None:
        told = left = password.casefold()
        for word in sorted(set(words(user)), key=len, reverse=True):
            left = left.replace(word, "")
        if left != told and len(re.sub(r"[\W\d_]", "", left)) < FEWEST_LEFT:
            raise ValidationError(
                _(
                    "Besides names of yours or of the organization, digits and signs, use eight letters at least."
                ),
                code="password_of_own_words",
            )

    def get_help_text(self) -> str:
        """What is told before anything is typed."""
        return _("Names of yours and of the organization do not count.")


def words(user: Account | None) -> Iterator[str]:
    """The words that do not count, in lower case."""
    yield PRODUCT
    told = [text for row in Unit.objects.values_list("code", "name", "name_zh") for text in row]
    if user is not None:
        person = user.person
        told += [user.sign_in_name, person.name, person.name_local, person.number, person.organization,
                 *person.mail.split("@")]  # fmt: skip
    for text in told:
        yield from _parts(text.casefold())


def _parts(text: str) -> Iterator[str]:
    """A name as a whole and each word of it; two signs of Chinese are a word already."""
    for part in (text, *re.split(r"[\W_]+", text)):
        if len(part) >= SHORTEST_WORD or (len(part) == 2 and not part.isascii()):
            yield part


class Stolen:
    """Refuses a password that stands in the operator's file of stolen ones, KEEPWELL_STOLEN_PASSWORDS.

    Each line begins with the SHA-1 of a password in capital hexadecimal digits, in rising order, as the lists of
    breached passwords are handed out; a count may follow. The file is never read whole.
    """

    def validate(self, password: str, user: Account | None = None) -> None:
        path = settings.KEEPWELL_STOLEN_PASSWORDS
        if path and StolenFile(Path(path)).holds(password):
            raise ValidationError(
                _("This password was stolen elsewhere and is tried by attackers; choose another."),
                code="password_stolen",
            )

    def get_help_text(self) -> str:
        """What is told before anything is typed."""
        return _("Passwords that were stolen elsewhere are refused.")


class StolenFile:
    """A file of digests in rising order."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def holds(self, password: str) -> bool:
        """Whether `password` stands in it; raises ImproperlyConfigured if it cannot be read or is no such file."""
        wanted = sha1(password.encode(), usedforsecurity=False).hexdigest().upper().encode()
        with self._opened() as content:
            low, high = 0, len(content)
            while low < high:
                middle = (low + high) // 2
                start = content.rfind(b"\n", 0, middle) + 1
                found = content[start : start + 40]
                if not DIGEST.fullmatch(found):
                    raise ImproperlyConfigured(
                        _("%(file)s is no list of SHA-1 digests in capital letters.") % {"file": self.path}
                    )
                if found == wanted:
                    return True
                following = content.find(b"\n", start) + 1
                low, high = (following or high, high) if found < wanted else (low, start)
        return False

    def _opened(self) -> mmap.mmap:
        try:
            with self.path.open("rb") as file:
                return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except (OSError, ValueError) as wrong:
            told = {"file": self.path, "reason": wrong}
            raise ImproperlyConfigured(_("%(file)s cannot be read: %(reason)s.") % told) from wrong
