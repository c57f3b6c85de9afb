"""Labels of what a record reckons about itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils.functional import Promise


def labelled(label: str | Promise) -> Callable[[Any], Any]:
    """Give a property's function the label its column shows: `@property` over `@labelled(_("state"))`."""

    def keep(getter: Any) -> Any:
        getter.label = label
        return getter

    return keep
