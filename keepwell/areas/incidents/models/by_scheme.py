"""What has a level by a scheme of severity: by which edition, why, and whether other rules are in force since."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from keepwell.areas.incidents.models.reasons import Reasons, anew, reasons
from keepwell.areas.incidents.models.schemes import (
    LONGEST_SHIPPED,
    Edition,
    SeverityScheme,
    by_which,
    edition_now,
    edition_of,
)
from keepwell.kernel.severity.scheme import Scheme
from keepwell.platform.history.labels import labelled


class ByScheme(models.Model):
    """What was classified by an edition of the scheme, and keeps it."""

    factors: Any
    grounds: Any
    level: Any
    is_open: Any
    is_history: Any

    scheme = models.ForeignKey(
        SeverityScheme, models.PROTECT, null=True, blank=True, related_name="+", editable=False,
        verbose_name=_("scheme it was classified by"), help_text=_("Empty: the shipped one."),
    )  # fmt: skip
    shipped_text = models.CharField(
        _("text of the shipped scheme"), max_length=LONGEST_SHIPPED, blank=True, editable=False,
        help_text=_("Version and SHA-256, where it was classified by the shipped one; empty: not known, or an edition."),
    )  # fmt: skip

    class Meta:
        abstract = True

    @property
    @labelled(_("classified by"))
    def by_which(self) -> str:
        """By which rules it was classified; "" before it was, and where it came from the past."""
        if self.level is None or self.is_history:
            return ""
        return by_which(self.scheme_id, self.shipped_text)

    @property
    def why(self) -> Reasons:
        """What its facts give, heading by heading."""
        return reasons(self.factors, by=self._rules)

    @property
    def why_here(self) -> Reasons:
        """The same with the systems named that say so, for who works on it: no notice tells them."""
        return reasons(self.factors, self.grounds, by=self._rules)

    @property
    def _rules(self) -> Scheme:
        """The rules that it was classified by; before it was, those in force."""
        return (edition_now() if self.level is None else self.edition).rules

    @property
    def edition(self) -> Edition:
        """The edition that it was classified by."""
        return edition_of(self.scheme_id, self.shipped_text)

    @property
    def rules_changed(self) -> str:
        """That other rules are in force than it was classified by, with what they give; "" where nothing is to be done."""
        return self.changed_to(edition_now())

    def changed_to(self, edition: Edition) -> str:
        """The same of `edition`, as the one in force."""
        if not self.is_open or self.level is None or self.is_history:
            return ""
        if not self._is_by_other(edition):
            return ""
        return anew(self.factors, self.level, edition, then=self.shipped_text)

    def _is_by_other(self, edition: Edition) -> bool:
        """Whether other rules decided than those of `edition`, as far as it is known which text of the shipped ones did."""
        if edition.pk != self.scheme_id:
            return True
        return self.shipped_text not in ("", edition.shipped)
