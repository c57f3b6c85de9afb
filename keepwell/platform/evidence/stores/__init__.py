"""Where bytes lie: each once, under the digest of its content, on disk or in a bucket. What was kept is never changed."""

from __future__ import annotations

from functools import cache

from django.conf import settings

from keepwell.platform.evidence.stores.base import Draft, Gone, Store, StoreAway, drafted
from keepwell.platform.evidence.stores.disk import Disk

__all__ = ["Draft", "Gone", "Store", "StoreAway", "drafted", "files", "previews"]


def files() -> Store:
    """The store of evidence itself."""
    return _store(settings.KEEPWELL_EVIDENCE_STORE, str(settings.KEEPWELL_DATA), "evidence")


def previews() -> Store:
    """The store of the pictures we make; losing it loses nothing."""
    return _store(settings.KEEPWELL_EVIDENCE_STORE, str(settings.KEEPWELL_DATA), "evidence-previews")


@cache
def _store(place: str, folder: str, name: str) -> Store:
    """The store called `name` at `place`: "" is the data folder, else s3://bucket/prefix."""
    if not place:
        return Disk(folder, name)
    # A library of some size, for installations that keep evidence in a bucket.
    from keepwell.platform.evidence.stores.s3 import Bucket

    return Bucket(place, name)
