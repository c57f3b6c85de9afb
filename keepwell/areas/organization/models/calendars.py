"""Calendars of one's own: which days are business days where no exchange and no country says it."""

from __future__ import annotations

from typing import ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from keepwell.kernel.clocks.calendars import Calendar, based, is_kept
from keepwell.platform.history.labels import labelled
from keepwell.platform.people.roles import Level
from keepwell.platform.records.models import Record
from keepwell.platform.tree.models import Unit


def no_calendar(name: str) -> str:
    """That no calendar is called `name` here, and how one is named."""
    return gettext(
        "No calendar is called “%(name)s” here; write an exchange as TWSE, a country as DE, a part of it as DE-BY, or the "
        "code of a business calendar that holds for the unit."
    ) % {"name": name}


def kept_calendar(name: str) -> None:
    """Refuse `name` where it is neither an exchange nor a country whose closures are kept."""
    if not is_kept(name):
        told = gettext(
            "Nobody keeps a calendar “%(name)s”; write an exchange as TWSE, a country as DE, a part as DE-BY."
        )
        raise ValidationError(told % {"name": name})


def known_calendar(name: str) -> None:
    """Refuse `name` where nobody keeps such a calendar and no business calendar has that code."""
    if not is_kept(name) and not BusinessCalendar.objects.current().filter(code=name).exists():
        raise ValidationError(no_calendar(name))


class BusinessCalendar(Record):
    """Which days are business days where an exchange or a country does not say it: like one of these, or like none,
    with a weekend of its own. Days on which it is closed or open all the same are calendar days.

    It holds for the clocks of its unit and of all units under it.
    """

    class Weekend(models.TextChoices):
        SATURDAY_SUNDAY = "56", _("Saturday and Sunday")
        FRIDAY_SATURDAY = "45", _("Friday and Saturday")
        THURSDAY_FRIDAY = "34", _("Thursday and Friday")
        SUNDAY = "6", _("Sunday")
        SATURDAY = "5", _("Saturday")
        FRIDAY = "4", _("Friday")
        NONE = "-", _("none: every day counts")

    area: ClassVar[str] = "incidents"
    written_at: ClassVar[Level] = Level.DECIDE
    key_fields = ("code",)
    holds_below = True

    code = models.CharField(
        _("code"), max_length=20, unique=True, help_text=_("As SUZ-WORKS; clauses and calendar days name it so."),
        validators=[RegexValidator(r"^[A-Z0-9][A-Z0-9._-]*$", _("A code has capital letters, digits, . _ and - only."))],
    )  # fmt: skip
    name = models.CharField(_("name"), max_length=120)
    name_zh = models.CharField(_("Chinese name"), max_length=120, blank=True)
    unit = models.ForeignKey(
        Unit, models.PROTECT, related_name="business_calendars", verbose_name=_("unit"),
        help_text=_("It holds for the clocks of this unit and of all under it."),
    )  # fmt: skip
    based_on = models.CharField(
        _("based on"), max_length=20, blank=True, validators=[kept_calendar],
        help_text=_("An exchange as TWSE, a country as DE, a part of it as DE-BY: its closures count. Empty: none do."),
    )  # fmt: skip
    weekend = models.CharField(
        _("weekend"), max_length=2, blank=True, choices=Weekend,
        help_text=_("Empty: that of the calendar on which it is based, else Saturday and Sunday."),
    )  # fmt: skip

    class Meta:
        verbose_name = _("business calendar")
        verbose_name_plural = _("business calendars")

    def __str__(self) -> str:
        return self.code

    @property
    @labelled(_("name"))
    def name_here(self) -> str:
        """The name in the reader's language, else as it was written."""
        return (self.name_zh if get_language() == "zh-hant" else "") or self.name

    def reckoned(self) -> Calendar:
        """The calendar as the clocks count by it, before its own days."""
        days = (
            None
            if not self.weekend
            else frozenset(int(day) for day in self.weekend if day != self.Weekend.NONE)
        )
        return based(self.code, self.based_on, days)

    def clean(self) -> None:
        """A code of its own, which stays."""
        if is_kept(self.code):
            told = gettext(
                "%(code)s is the calendar of an exchange or a country already; choose another code."
            )
            raise ValidationError({"code": told % {"code": self.code}})
        if not self._state.adding and self._loaded["code"] != self.code:
            raise ValidationError(
                {"code": _("Clauses name it by its code, which stays; make another calendar.")}
            )
