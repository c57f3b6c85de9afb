"""Programs at the door: a token as `Authorization: Bearer kw_…`; only wrong ones are counted."""

from __future__ import annotations

import logging

from django.http import HttpRequest

from keepwell.platform.history.noting import note
from keepwell.platform.people import tokens
from keepwell.platform.people.models import Person
from keepwell.platform.people.throttle import attempt, purses, source_of

log = logging.getLogger("keepwell.sign_in")


class UnknownToken(Exception):
    """The token opens nothing, or nothing from where it came."""


class TooManyWrong(Exception):
    """So many wrong tokens came from there that none is read for a while."""


def bearer(request: HttpRequest, secret: str) -> Person:
    """The person whose token `secret` is; this request has rights as far as the token reaches.

    Nobody is locked out by a stranger: right tokens are never counted. Raises UnknownToken or TooManyWrong.
    """
    source = source_of(request)
    token = tokens.found(secret, source)
    if token is None:
        if not attempt(*purses("token", "", source)).is_allowed:
            raise TooManyWrong
        log.warning("token refused", extra={"source": source})
        note(None, "token.refused", kind="refusal", source=source)
        raise UnknownToken
    request.token = token  # type: ignore[attr-defined]  # Django's class knows no token
    return tokens.use(token)
