"""Words in which the tests of certificates tell their stories."""

from __future__ import annotations

from datetime import date
from typing import Any

from keepwell.areas.assurance.models import Certificate, Standard
from keepwell.kernel import moments
from keepwell.platform.history.acting import acting
from keepwell.platform.metrics.reading import read
from keepwell.platform.metrics.scope import Scope
from keepwell.platform.tree.models import Unit
from tests.cast import NOW, TELLER, Cast

TODAY = date(2025, 11, 14)


class Certified(Cast):
    """The cast on 14 November 2025, two standards, and one certificate of Meridian Assembly & Test to
    ISO/IEC 27001 for KHH1 and KHH2, in force from 15 January 2023 up to and with 14 January 2026."""

    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        with acting(TELLER, "story.certificates"):
            cls.iso_27001 = cls.standard("iso-27001", "ISO/IEC 27001, information security management")
            cls.iso_22301 = cls.standard("iso-22301", "ISO 22301, business continuity management")
            cls.shared = cls.certificate("NM-27-1", cls.khh1, cls.khh2)

    def setUp(self) -> None:
        self.enterContext(moments.standing_at(NOW))

    @classmethod
    def standard(cls, code: str, name: str) -> Standard:
        """A standard of the group."""
        made = Standard(code=code, name=name, unit=cls.group)
        made.save()
        return made

    @classmethod
    def certificate(cls, number: str, *sites: Unit, **facts: Any) -> Certificate:
        """A certificate for `sites`; to ISO/IEC 27001, of their company, for three years, unless told."""
        values = {
            "standard": cls.iso_27001, "body": "Nordmark Cert", "scope": "Assembly", "unit": sites[0].parent,
            "issued_on": date(2023, 1, 15), "valid_until": date(2026, 1, 14),
        } | facts  # fmt: skip
        made = Certificate(number=number, **values)
        made.save(links={"sites": list(sites)})
        return made

    def tell(self, number: str, *sites: Unit, **facts: Any) -> Certificate:
        """The same within a story."""
        with acting(TELLER, "story.certificate"):
            return self.certificate(number, *sites, **facts)

    def counting(self, day: date) -> set[str]:
        """Numbers of the certificates that count on a day."""
        return set(Certificate.objects.counting_on(day).values_list("number", flat=True))

    def sites(self, year: int, at: Unit | None = None, code: str = "iso-27001") -> int | None:
        """The figure of sites certified."""
        return read(f"certificates.sites.{code}", Scope.of_year(year))[(at or self.group).pk].numerator
