"""What the group leans on when something breaks: its critical systems, and the clauses that ask it to tell."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language, gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from keepwell.areas.organization.models.calendars import BusinessCalendar, known_calendar, no_calendar
from keepwell.kernel.clocks.calendars import Unfit, is_kept
from keepwell.kernel.clocks.events import KINDS
from keepwell.kernel.clocks.factors import Trigger
from keepwell.kernel.clocks.lines import ASKED, MOST, BadLine, read_lines
from keepwell.kernel.clocks.spans import Span
from keepwell.platform.history.labels import Standing, labelled
from keepwell.platform.people.models import Person
from keepwell.platform.people.personal import personal
from keepwell.platform.records.models import Record, RecordQuerySet
from keepwell.platform.tree.models import Ancestry, Unit, on

LOWEST, HIGHEST = 1, 4
IN_RANGE = [MinValueValidator(LOWEST), MaxValueValidator(HIGHEST)]


def degree(
    name: Any, says: Any
) -> models.PositiveSmallIntegerField[Any, Any]:  # Any: text put off till shown
    """A field that runs from 1 (low) to 4 (high)."""
    return models.PositiveSmallIntegerField(name, default=2, validators=IN_RANGE, help_text=says)


def hours(name: Any, says: Any) -> models.DecimalField[Any, Any]:  # Any: text put off till shown
    """A field of hours (0 and more, with quarters); None means that nobody has set it."""
    return models.DecimalField(
        name, max_digits=7, decimal_places=2, null=True, blank=True, help_text=says,
        validators=[MinValueValidator(Decimal(0))],
    )  # fmt: skip


@personal(by=("owner",))
class CriticalSystem(Record):
    """An information system or a control system that a site cannot do without for long."""

    class Technology(models.TextChoices):
        IT = "it", _("IT")
        OT = "ot", _("OT")

    area: ClassVar[str] = "systems"
    key_fields = ("code",)

    code = models.CharField(
        _("code"), max_length=30, unique=True,
        validators=[RegexValidator(r"^[A-Z0-9][A-Z0-9._-]*$", _("A code has capital letters, digits, . _ and - only."))],
    )  # fmt: skip
    name = models.CharField(_("name"), max_length=120)
    name_zh = models.CharField(_("Chinese name"), max_length=120, blank=True)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="critical_systems", verbose_name=_("site"))
    technology = models.CharField(_("IT or OT"), max_length=2, choices=Technology, default=Technology.IT)
    is_core = models.BooleanField(
        _("core system"), default=False, help_text=_("It carries a core business, by the group’s own list.")
    )
    is_infrastructure = models.BooleanField(
        _("critical infrastructure"), default=False,
        help_text=_("It belongs to critical infrastructure that an authority has designated."),
    )  # fmt: skip
    criticality = degree(_("criticality"), _("1 (low) to 4 (the group stands still without it)."))
    confidentiality = degree(_("confidentiality"), _("1 (public) to 4 (secret)."))
    integrity = degree(_("integrity"), _("1 (low) to 4 (an error harms people or customers)."))
    availability = degree(_("availability"), _("1 (low) to 4 (needed at every hour)."))
    owner = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="systems_owned", verbose_name=_("owner")
    )
    tolerable_hours = hours(_("tolerable outage, hours"), _("Maximum tolerable downtime (MTD)."))
    rto_hours = hours(_("RTO, hours"), _("Recovery time objective: by when it must run again."))
    rpo_hours = hours(_("RPO, hours"), _("Recovery point objective: how much data may be lost at most."))
    depends_on = models.ManyToManyField(
        "self", symmetrical=False, blank=True, related_name="needed_by", verbose_name=_("depends on")
    )

    class Meta:
        verbose_name = _("critical system")
        verbose_name_plural = _("critical systems")
        constraints = [
            models.CheckConstraint(
                condition=Q(criticality__range=(1, 4), confidentiality__range=(1, 4), integrity__range=(1, 4),
                            availability__range=(1, 4)),
                name="critical_system_degrees_1_to_4",
                violation_error_message=_("Criticality, confidentiality, integrity and availability run from 1 to 4."),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.code

    @property
    @labelled(_("name"))
    def name_here(self) -> str:
        """The name in the reader's language, else in English."""
        return (self.name_zh if get_language() == "zh-hant" else "") or self.name

    @property
    @labelled(_("recovery targets"))
    def standing(self) -> Standing:
        """Whether its targets are set and fit together: to recover later than tolerable is a finding."""
        if self.tolerable_hours is None or self.rto_hours is None or self.rpo_hours is None:
            return Standing(gettext("Not all set"), "circle-dashed", "warn")
        if self.rto_hours > self.tolerable_hours:
            return Standing(gettext("RTO beyond tolerable"), "alert-triangle", "bad")
        return Standing(gettext("Set"), "check", "good")


class NoticeClauseQuerySet(RecordQuerySet):
    def holding(self, day: date) -> NoticeClauseQuerySet:
        """Clauses in force on `day`, both ends included."""
        return self.current().filter(on(day))


NoticeClauseRows = models.Manager.from_queryset(NoticeClauseQuerySet)


@personal(says=("contact",))
class NoticeClause(Record):
    """What a contract, a policy or an authority's order says about telling its other side of an incident."""

    class Kind(models.TextChoices):
        CUSTOMER = "customer", _("Customer")
        INSURER = "insurer", _("Insurer")
        AUTHORITY = "authority", _("Authority")

    class TermUnit(models.TextChoices):
        MINUTES = "minutes", _("minutes")
        HOURS = "hours", _("hours")
        DAYS = "days", pgettext_lazy("term", "calendar days")
        BUSINESS_DAYS = "business_days", _("business days")
        MONTHS = "months", _("months")

    area: ClassVar[str] = "systems"
    key_fields = ("counterparty", "clause", "unit__code")

    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.CUSTOMER)
    counterparty = models.CharField(_("counterparty"), max_length=120, help_text=_("As C-0148, or its name."))
    clause = models.CharField(_("clause"), max_length=60, help_text=_("Where it stands, as MSA 14.2."))
    unit = models.ForeignKey(
        Unit, models.PROTECT, related_name="notice_clauses", verbose_name=_("who must tell"),
        help_text=_("It binds this unit and all units under it."),
    )  # fmt: skip
    trigger = models.CharField(
        _("what triggers it"), max_length=300, help_text=_("In the words of the contract.")
    )
    conditions = models.TextField(
        _("triggered by these facts"), max_length=1000, blank=True,
        help_text=_("One a line: a fact, a comparison and a value, as “customer_data = yes” or “level >= 2”. Then its clock "
                    "starts by itself. Empty: where the usual rule does not start it, somebody is asked whether it applies."),
    )  # fmt: skip
    joined = models.CharField(
        _("of these facts"), max_length=3, default="all", choices=[("all", _("all must hold")), ("any", _("any one will do"))]
    )  # fmt: skip
    starts = models.CharField(
        _("runs from"), max_length=40, default="awareness",
        choices=[("awareness", _("awareness")), ("discovery", _("discovery")), ("confirmation", _("confirmation")),
                 ("awareness_by_control_group", _("awareness of the control group"))],
    )  # fmt: skip
    term = models.PositiveIntegerField(
        _("term"), null=True, blank=True, help_text=_("Empty: it says “at once” or the like; our own term then counts.")
    )  # fmt: skip
    term_unit = models.CharField(_("counted in"), max_length=15, choices=TermUnit, default=TermUnit.HOURS)
    calendar = models.CharField(
        _("calendar"), max_length=20, blank=True, validators=[known_calendar],
        help_text=_("Whose business days count, for a term in business days: an exchange as TWSE, a country as DE, a part "
                    "of it as DE-BY, or the code of a business calendar of your own."),
    )  # fmt: skip
    contact = models.CharField(
        _("contact"), max_length=200, help_text=_("Who is told, and by which channel.")
    )
    text = models.TextField(_("wording"), max_length=4000, blank=True)
    since = models.DateField(_("holds from"))
    until = models.DateField(
        _("holds until"), null=True, blank=True, help_text=_("The last day; empty means still.")
    )

    objects: ClassVar[NoticeClauseRows] = NoticeClauseRows()

    class Meta:
        verbose_name = _("notice clause")
        verbose_name_plural = _("notice clauses")
        constraints = [
            models.UniqueConstraint(
                fields=["counterparty", "clause", "unit"], name="notice_clause_once",
                violation_error_message=_("This clause of that counterparty is there already for the unit."),
            ),
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gte=F("since")), name="notice_clause_ends_after_start",
                violation_error_message=_("A clause cannot end before it begins."),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.counterparty}, {self.clause}"

    @property
    @labelled(_("deadline"))
    def deadline(self) -> str:
        """Its term in words, as “24 hours from awareness”."""
        if self.term is None:
            return gettext("no fixed term, from %(start)s") % {"start": self.get_starts_display()}
        return gettext("%(n)s %(unit)s from %(start)s") % {
            "n": self.term, "unit": self.get_term_unit_display(), "start": self.get_starts_display(),
        }  # fmt: skip

    def span(self) -> Span | None:
        """Its term as the clocks reckon it; None where it has no fixed one."""
        return None if self.term is None else Span.parse({"n": self.term, "unit": self.term_unit}, str(self))

    def formal_trigger(self) -> Trigger | None:
        """The facts that trigger it, as the clocks reckon them; None where its words alone tell."""
        found = read_lines(self.conditions)
        return Trigger(found, self.joined == "any") if found else None

    def clean(self) -> None:
        """Conditions and a term that can be reckoned, and a calendar where it counts business days."""
        self._clean_conditions()
        if self.starts not in KINDS:
            raise ValidationError({"starts": _("Choose the event from which the term runs.")})
        if self.since and self.until and self.until < self.since:
            raise ValidationError({"until": _("A clause cannot end before it begins.")})
        try:
            span = self.span()
        except Unfit as wrong:
            raise ValidationError(
                {"term": _("That is no term that can be reckoned: %(reason)s") % {"reason": wrong}}
            ) from wrong
        if span and span.needs_calendar and not self.calendar:
            raise ValidationError({"calendar": _("The term counts business days; choose whose.")})
        if self.calendar and not is_kept(self.calendar) and not self._holds_here(self.calendar):
            raise ValidationError({"calendar": no_calendar(self.calendar)})

    def _clean_conditions(self) -> None:
        try:
            found = read_lines(self.conditions)
        except BadLine as wrong:
            told = _(
                "Line %(number)d, “%(line)s”: write a fact, a comparison and a value that fits; the facts are %(known)s."
            )
            known = ", ".join(ASKED)
            raise ValidationError(
                {"conditions": told % {"number": wrong.number, "line": wrong.line, "known": known}}
            ) from wrong
        if len(found) > MOST:
            raise ValidationError({"conditions": _("Write %(most)d conditions at most.") % {"most": MOST}})

    def _holds_here(self, code: str) -> bool:
        """Whether a calendar of one's own holds for the unit that must tell."""
        above = Ancestry.objects.filter(descendant=self.unit_id, until__isnull=True).values("ancestor")
        return BusinessCalendar.objects.current().filter(code=code, unit__in=above).exists()


class LegalStandingQuerySet(RecordQuerySet):
    def holding(self, day: date) -> LegalStandingQuerySet:
        """Standings in force on `day`, both ends included."""
        return self.current().filter(on(day))


LegalStandingRows = models.Manager.from_queryset(LegalStandingQuerySet)


class LegalStanding(Record):
    """What an entity is before the law or an exchange, so that a regime binds it: listed, a controller, an operator.

    What happens at a unit under it binds it too, and it is the one that tells.
    """

    class Attribute(models.TextChoices):
        LISTED_TWSE = "listed_on_TWSE", _("Listed on the Taiwan Stock Exchange")
        LISTED_TPEX = "listed_on_TPEx", _("Listed on the Taipei Exchange")
        FOREIGN_ISSUER = "foreign_private_issuer", _("Foreign private issuer in the United States")
        DOMESTIC_FILER = "us_domestic_filer", _("Domestic filer in the United States")
        SPECIFIC_AGENCY = (
            "entity_is_specific_non_government_agency",
            _("Specific non-government agency (Taiwan)"),
        )
        DATA_TW = "holds_personal_data_TW", _("Holds personal data (Taiwan)")
        DATA_CN = "holds_personal_data_CN", _("Handles personal information (China)")
        DATA_JP = "holds_personal_data_JP", _("Handles personal information (Japan)")
        DATA_KR = "holds_personal_data_KR", _("Handles personal information (Korea)")
        DATA_MY = "holds_personal_data_MY", _("Data controller (Malaysia)")
        DATA_SG = "holds_personal_data_SG", _("Holds personal data (Singapore)")
        INTERMEDIARY_SG = "data_intermediary_SG", _("Data intermediary (Singapore)")
        CONTROLLER = "gdpr_controller", _("Controller (GDPR)")
        PROCESSOR = "gdpr_processor", _("Processor (GDPR)")
        NIS2 = "nis2_essential_or_important", _("Essential or important entity (NIS2)")
        MANUFACTURER = (
            "manufacturer_of_products_with_digital_elements",
            _("Manufacturer of products with digital elements (CRA)"),
        )
        CIRCIA = "circia_covered_entity", _("Covered entity (CIRCIA)")
        DFARS = "contract_flowdown_DFARS", _("Contractor under DFARS 7012")
        CII_CN = "cn_cii_operator", _("Operator of critical information infrastructure (China)")
        NETWORK_CN = "cn_network_operator", _("Network operator (China)")
        ONLINE_KR = "kr_online_service_provider", _("Provider of online services (Korea)")
        NCII_MY = "my_ncii_entity", _("National critical information infrastructure entity (Malaysia)")
        CII_SG = "sg_cii_owner", _("Owner of critical information infrastructure (Singapore)")
        MEMBER = "member", _("Member of a community that shares")

    area: ClassVar[str] = "systems"
    key_fields = ("unit__code", "attribute", "since")
    holds_below = True

    unit = models.ForeignKey(
        Unit, models.PROTECT, related_name="legal_standings", verbose_name=_("entity"),
        help_text=_("What happens at a unit under it binds it too."),
    )  # fmt: skip
    attribute = models.CharField(pgettext_lazy("organization", "standing"), max_length=60, choices=Attribute)
    basis = models.CharField(
        _("on what"), max_length=300, help_text=_("As the listing, the designation, counsel’s opinion.")
    )
    since = models.DateField(_("holds from"))
    until = models.DateField(
        _("holds until"), null=True, blank=True, help_text=_("The last day; empty means still.")
    )

    objects: ClassVar[LegalStandingRows] = LegalStandingRows()

    class Meta:
        verbose_name = _("legal standing")
        verbose_name_plural = _("legal standings")
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "attribute", "since"], name="legal_standing_once",
                violation_error_message=_("This standing of the entity is there already."),
            ),
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gte=F("since")), name="legal_standing_ends_after_start",
                violation_error_message=_("A standing cannot end before it begins."),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.unit}, {self.get_attribute_display()}"

    def clean(self) -> None:
        """It ends no earlier than it begins."""
        if self.since and self.until and self.until < self.since:
            raise ValidationError({"until": _("A standing cannot end before it begins.")})
