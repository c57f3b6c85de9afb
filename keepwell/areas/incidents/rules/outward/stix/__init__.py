"""An incident as a bundle of STIX 2.1 with the Incident Core extension 2.1 and its events, impacts and tasks.

The extension is a draft; the one that is followed is that of 20 February 2024 (OASIS, cti-stix-common-objects 42f5d15).
"""

from keepwell.areas.incidents.rules.outward.stix.bundle import bundle
from keepwell.areas.incidents.rules.outward.stix.objects import CORE, MARKINGS

__all__ = ["CORE", "MARKINGS", "bundle"]
