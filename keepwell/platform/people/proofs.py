"""Whether the person behind a session proved within ten minutes who they are."""

from __future__ import annotations

from datetime import timedelta

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

PROVED = "proved"
FRESH = timedelta(minutes=10)
SKEW_SECONDS = 300  # machines may differ by so much


class ProofNeeded(PermissionDenied):
    """The person may do this, and is asked to prove once more that it is them: no refusal for the trail."""

    is_kept = True

    def __init__(self) -> None:
        super().__init__(
            _("Prove once more who you are: this needs a proof that is not older than 10 minutes.")
        )


def is_fresh(request: HttpRequest) -> bool:
    """Whether the last proof of this session is at most ten minutes old by the system's clock."""
    proved = request.session.get(PROVED, 0)
    return -SKEW_SECONDS <= timezone.now().timestamp() - proved <= FRESH.total_seconds()


def mark_proved(request: HttpRequest) -> None:
    """Remember that the person proved just now who they are.

    The session goes on under a new key, as at signing in: one that somebody saw before opens nothing afterwards.
    """
    request.session.cycle_key()
    request.session[PROVED] = timezone.now().timestamp()


def require_fresh(request: HttpRequest) -> None:
    """Refuse until the person has proved anew who they are."""
    if not is_fresh(request):
        raise ProofNeeded
