"""The letter of a notice: by its mark, its own or the incident's, in every form."""

from __future__ import annotations

import re
from io import BytesIO
from zipfile import ZipFile

from django.test import TestCase
from pypdf import PdfReader

from keepwell.areas.incidents import rules
from keepwell.areas.incidents.models import Incident, IncidentNotice
from keepwell.areas.incidents.rules import letters
from keepwell.areas.incidents.tests.test_notices import Noticing

Tlp = Incident.Tlp
LABEL = re.compile(r"TLP:[A-Z+]+")


def labels(notice: IncidentNotice, form: str) -> set[str]:
    """The marks that stand in the letter; where a line breaks on paper is nobody's matter."""
    content = letters.write(notice, form)
    if form == "pdf":
        text = "".join(page.extract_text() for page in PdfReader(BytesIO(content)).pages)
    elif form == "docx":
        with ZipFile(BytesIO(content)) as packed:
            text = re.sub(r"<[^>]+>", ";", packed.read("word/document.xml").decode())
    else:
        text = content.decode()
    return set(
        LABEL.findall(re.sub(r"[\s\u00ad\u200b\\]", "", text.replace("TLP:", " TLP:").replace("\n", "; ")))
    )


class ALetter(Noticing, TestCase):
    def fresh(self, notice: IncidentNotice) -> IncidentNotice:
        return IncidentNotice.objects.select_related(
            "clock__incident__unit", "clock__unit", "clock__clause"
        ).get(pk=notice.pk)

    def test_has_the_mark_of_the_incident_until_it_has_its_own(self) -> None:
        notice = self.written()
        for form in letters.FORMS:
            self.assertEqual(labels(self.fresh(notice), form), {"TLP:AMBER"}, form)
        rules.mark(Incident.objects.get(pk=self.incident.pk), by=self.ben, tlp=Tlp.STRICT, reason="Names.")
        for form in letters.FORMS:
            self.assertEqual(labels(self.fresh(notice), form), {"TLP:AMBER+STRICT"}, form)
        rules.mark_notice(self.fresh(notice), by=self.ada, tlp=Tlp.GREEN, reason="It goes to a customer.")
        for form in letters.FORMS:
            self.assertEqual(labels(self.fresh(notice), form), {"TLP:GREEN"}, form)

    def test_has_it_whatever_its_language(self) -> None:
        notice = self.drafted("ja")
        for form in letters.FORMS:
            self.assertEqual(labels(self.fresh(notice), form), {"TLP:AMBER"}, form)
