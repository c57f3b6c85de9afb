"""What people tell of: reports with a name, which are records, and disclosures without one, which leave no trace.

A disclosure is kept apart from everything that remembers: it has no history, no number that counts, no moment but a
day, and no register, search, file, API or notice ever reads it. Only who holds the right for it at its site does
(security.md R11, R12; ISO 37002 8.2).
"""

from __future__ import annotations

from collections.abc import Hashable
from hashlib import sha256
from typing import Any, ClassVar
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.crypto import get_random_string
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from keepwell.areas.incidents.models.incidents import Incident
from keepwell.areas.incidents.models.knowing import concerning, reports_concerning
from keepwell.areas.incidents.models.marks import MarkedRows, as_marked, kept_marks, narrow
from keepwell.areas.incidents.models.named import NamedPerson
from keepwell.kernel import moments
from keepwell.platform.history.labels import Standing, labelled
from keepwell.platform.notices.kinds import KINDS, Way
from keepwell.platform.notices.models import is_here, way_of
from keepwell.platform.people.models import Person
from keepwell.platform.people.personal import personal
from keepwell.platform.records.models import Record
from keepwell.platform.tree.models import Unit

SIGNS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_SIGNS, CODE_GROUP = 28, 4
"""28 of 30 signs: 137 bits; R11 asks for 128."""
ANSWERED = "report.answered"
LONGEST_TEXT, LONGEST_PLACE, LONGEST_REACH, LONGEST_CONCERNS = 10_000, 120, 200, 300


def new_code() -> str:
    """A fresh receipt code, in groups of four: 7QF4-M2XK-…"""
    signs = get_random_string(CODE_SIGNS, SIGNS)
    return "-".join(signs[at : at + CODE_GROUP] for at in range(0, CODE_SIGNS, CODE_GROUP))


def receipt_of(code: str) -> str:
    """What is kept of a code as somebody types it: its SHA-256, in hex."""
    return sha256("".join(sign for sign in code.upper() if sign.isalnum()).encode()).hexdigest()


def new_reference() -> str:
    """A name to quote, which tells neither how many reports there are nor who came before."""
    return f"RP-{get_random_string(8, SIGNS)}"


class Ongoing(models.TextChoices):
    """Whether it still goes on, as the reporter sees it."""

    YES = "yes", _("Yes")
    NO = "no", _("No")
    UNSURE = "unsure", _("Not sure")


class State(models.TextChoices):
    """How far the security officers are with it."""

    NEW = "new", pgettext_lazy("incidents", "New")
    TAKEN = "taken", _("Being looked at")
    SETTLED = "settled", pgettext_lazy("incidents", "Settled")


TINTS = {State.NEW: ("circle", "warn"), State.TAKEN: ("clock", "act"), State.SETTLED: ("check", "mute")}


@personal(by=("reporter",), says=("says", "reach", "concerns"))
class Report(Record):
    """What somebody told of who gave a name or did not mind; nobody has judged it yet.

    Without a mark of its own it is marked as its incident is; while it belongs to none, it is TLP:AMBER."""

    class Channel(models.TextChoices):
        PAGE = "page", _("Report page")
        HAND = "hand", _("By hand")
        MAIL = "mail", _("By mail")
        OWN = "own", _("With an account")
        API = "api", _("By a program")

    key_fields = ("reference",)
    kept_with = "incident"
    empty_choices: ClassVar[dict[str, Any]] = {"tlp": _("None of its own: TLP:AMBER")}
    of_programs: ClassVar[dict[str, str]] = {"channel": Channel.API}

    reference = models.CharField(
        _("reference"), max_length=20, unique=True, default=new_reference, editable=False
    )
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="reports", verbose_name=_("unit"))
    spot = models.CharField(_("line, room or machine"), max_length=LONGEST_PLACE, blank=True)
    says = models.TextField(_("what happened"), max_length=LONGEST_TEXT)
    ongoing = models.CharField(_("still going on"), max_length=6, choices=Ongoing, default=Ongoing.UNSURE)
    reach = models.CharField(_("how to reach the reporter"), max_length=LONGEST_REACH, blank=True)
    concerns = models.CharField(
        _("whom it concerns"), max_length=LONGEST_CONCERNS, blank=True,
        help_text=_("Whoever is named here, by name or mail address, and could read it is kept out at once."),
    )  # fmt: skip
    tlp = models.CharField(
        _("TLP"), max_length=6, choices=Incident.Tlp, blank=True, default="",
        help_text=_("Empty: as its incident is marked; TLP:AMBER while it belongs to none."),
    )  # fmt: skip
    reporter = models.ForeignKey(
        Person,
        models.PROTECT,
        null=True,
        related_name="reports",
        verbose_name=_("reporter"),
        editable=False,
    )
    language = models.CharField(_("language of the page"), max_length=20, blank=True, editable=False)
    channel = models.CharField(
        _("came by"), max_length=4, choices=Channel, default=Channel.HAND, editable=False
    )
    received_at = models.DateTimeField(_("received"), default=moments.now, editable=False)
    waiting_since = models.DateTimeField(
        _("waits since"), default=moments.now, editable=False,
        help_text=_("When it came, or was open again; whoever is on duty is called where nobody looks at it."),
    )  # fmt: skip
    receipt = models.CharField(max_length=64, blank=True, editable=False)
    state = models.CharField(_("state"), max_length=7, choices=State, default=State.NEW, editable=False)
    outcome = models.CharField(_("what came of it"), max_length=300, blank=True, editable=False)
    incident = models.ForeignKey(
        Incident,
        models.PROTECT,
        null=True,
        related_name="reports",
        verbose_name=_("incident"),
        editable=False,
    )

    objects: ClassVar[MarkedRows] = MarkedRows()

    class Meta:
        verbose_name = _("report")
        verbose_name_plural = _("reports")
        indexes = [
            models.Index(fields=["received_at", "id"], name="report_by_moment"),
            narrow("report_narrow"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["receipt"], condition=~models.Q(receipt=""), name="report_receipt_once"
            ),
            models.CheckConstraint(
                condition=~Q(tlp="red") | Q(incident__isnull=False), name="report_red_has_incident",
                violation_error_message=_(
                    "TLP:RED is for who is named, and an incident names them: make an incident of the report that is "
                    "marked so."
                ),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.reference

    @property
    def may_be_withheld(self) -> bool:
        """Whether its mark keeps it from anybody with the right to read it."""
        return self.tlp in (Incident.Tlp.STRICT, Incident.Tlp.RED)

    @property
    def its_mark(self) -> str:
        """Its own mark; its incident's, where it has none; TLP:AMBER where it has no incident either."""
        return self.tlp or (self.incident.tlp if self.incident is not None else str(Incident.Tlp.AMBER))

    @property
    @labelled(_("TLP"))
    def mark_in_effect(self) -> Standing:
        """The mark that it has: its own, its incident's, or TLP:AMBER."""
        if self.tlp or self.incident is not None:
            return as_marked(self.tlp, self.its_mark)
        label = Incident.Tlp(self.its_mark).label
        return Standing(gettext("%(label)s, as it has none of its own") % {"label": label}, "eye-off", "mute")

    @property
    def empty_answers(self) -> dict[str, str]:
        """What its acts take where a question is left open: an incident made of it is marked as it is itself."""
        label = Incident.Tlp(self.its_mark).label
        return {"tlp": gettext("As its reports: %(label)s or narrower") % {"label": label}}

    @property
    def its_incident(self) -> Incident | None:
        """The incident to which it belongs."""
        return self.incident

    @classmethod
    def withheld_from(cls, person: Person) -> Q:
        """Those that concern `person` or are kept from them by a mark; whether they may know the incident is asked
        apart."""
        named = NamedPerson.objects.in_force().filter(person=person).values("incident")
        by_mark = Q(tlp__in=kept_marks(person)) & ~Q(incident__in=named)
        return by_mark | Q(pk__in=reports_concerning(person))

    @classmethod
    def knowing(cls, person: Person) -> Hashable:
        """All that `withheld_from` depends on: the same as for the incidents."""
        return Incident.knowing(person)

    def may_be_withheld_from(self, person: Person) -> bool:
        """Whether it concerns `person`."""
        return self.pk in concerning(person)

    @property
    @labelled(_("state"))
    def standing(self) -> Standing:
        """The state as a badge."""
        return Standing(str(State(self.state).label), *TINTS[State(self.state)])

    def mail_address(self) -> str:
        """Where an answer to its reporter goes by mail: to somebody known here if they want it so, else to where the mail
        came from that it was made of; "" where there is none. Whoever used the page reads the answer by their code."""
        if self.retired_at is not None or not (settings.MAIL.is_on and settings.KEEPWELL_REPORTS_ANSWERS):
            return ""
        if self.reporter is not None:
            wants = way_of(self.reporter, KINDS[ANSWERED]) is Way.NOW
            return str(self.reporter.mail) if wants and is_here(self.reporter) else ""
        brought = self.mails.filter(state="taken", because="").order_by("received_at", "pk").first()
        return str(brought.sender) if brought else ""

    def talk(self) -> models.QuerySet[ReportWord]:
        """What was said since it came, oldest first, with who said it and the mail that carried it."""
        return self.words.select_related("by", "mail").order_by("at", "pk")

    def whom(self) -> models.QuerySet[Any]:
        """Whom it concerns: who is or was kept out of it."""
        return self.implicated.current().select_related("person", "by", "decided_by").order_by("at", "pk")

    def called(self) -> models.QuerySet[Any]:
        """Who was called because nobody had looked at it, in order."""
        return self.calls.select_related("person").order_by("step")

    def bounces(self) -> models.QuerySet[Any]:
        """Mails by which a mail server says that one of ours did not arrive."""
        return self.mails.filter(because="bounce").order_by("received_at", "pk")


@personal(by=("by",), says=("says", "sender"))
class ReportWord(Record):
    """One thing said about a report after it came: by the reporter (`by` is empty), or to them. `sender` is the mail
    address it came from, if it came by mail."""

    unit_field: ClassVar[str] = "report__unit"
    key_fields = ("report__reference", "at")

    report = models.ForeignKey(Report, models.PROTECT, related_name="words", verbose_name=_("report"))
    by = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("by")
    )
    says = models.TextField(_("text"), max_length=LONGEST_TEXT)
    sender = models.CharField(_("mail address"), max_length=254, blank=True, editable=False)
    at = models.DateTimeField(_("moment"), default=moments.now)

    class Meta:
        verbose_name = _("report word")
        verbose_name_plural = _("report words")

    def __str__(self) -> str:
        return f"{self.report} {self.at:%Y-%m-%d %H:%M}"


class Picture(models.Model):
    """A photo of a report or a disclosure: its points alone, drawn anew as PNG; never what the device wrote into it."""

    id = models.UUIDField(primary_key=True, default=uuid4)
    png = models.BinaryField()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return str(self.pk)


class CodeTries(models.Model):
    """How many wrong codes came by one form, or from one place in an hour, under a name that leads back to neither."""

    key = models.CharField(max_length=64, primary_key=True)
    count = models.PositiveIntegerField(default=0)
    day = models.DateField()

    class Meta:
        indexes = [models.Index(fields=["day"], name="code_tries_by_day")]

    def __str__(self) -> str:
        return f"{self.key[:8]} {self.count}"


class ReportPicture(Picture):
    """A photo of a report."""

    report = models.ForeignKey(Report, models.CASCADE, related_name="pictures")


class Disclosure(models.Model):
    """What somebody told of without a name. Its day is the only moment it has."""

    keeps_no_order = True  # R11: a backup does not tell which of a day came first

    id = models.UUIDField(primary_key=True, default=uuid4)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    spot = models.CharField(max_length=LONGEST_PLACE, blank=True)
    says = models.TextField(max_length=LONGEST_TEXT)
    ongoing = models.CharField(max_length=6, choices=Ongoing, default=Ongoing.UNSURE)
    concerns = models.CharField(max_length=LONGEST_CONCERNS, blank=True)
    day = models.DateField()
    receipt = models.CharField(max_length=64, unique=True)
    state = models.CharField(max_length=7, choices=State, default=State.NEW)
    settled_on = models.DateField(null=True)
    excluded = models.ManyToManyField(Person, related_name="+")
    cleared = models.ManyToManyField(Person, related_name="+")

    class Meta:
        ordering = ["-day", "id"]
        indexes = [models.Index(fields=["state", "day"], name="disclosure_by_state")]

    def __str__(self) -> str:
        return str(self.id)


class DisclosureWord(models.Model):
    """One thing said after a disclosure came: by who wrote it, or to them."""

    keeps_no_order = True

    id = models.UUIDField(primary_key=True, default=uuid4)
    disclosure = models.ForeignKey(Disclosure, models.CASCADE, related_name="words")
    number = models.PositiveIntegerField()
    is_ours = models.BooleanField()
    says = models.TextField(max_length=LONGEST_TEXT)
    day = models.DateField()

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["disclosure", "number"], name="disclosure_word_once")]

    def __str__(self) -> str:
        return f"{self.disclosure} {self.number}"


class DisclosurePicture(Picture):
    """A photo of a disclosure."""

    keeps_no_order = True

    disclosure = models.ForeignKey(Disclosure, models.CASCADE, related_name="pictures")
