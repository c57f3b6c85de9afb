"""Incidents on their way out: to whom what may go by the Traffic Light Protocol, and in which form."""

from keepwell.areas.incidents.rules.outward.parcel import (
    Parcel,
    Share,
    audiences,
    may_go_out,
    parcel,
    require_outward,
    shares,
)
from keepwell.areas.incidents.rules.outward.stix import bundle
from keepwell.areas.incidents.rules.outward.veris import as_veris
from keepwell.areas.incidents.rules.outward.writing import FORMS, written

__all__ = [
    "FORMS",
    "Parcel",
    "Share",
    "as_veris",
    "audiences",
    "bundle",
    "may_go_out",
    "parcel",
    "require_outward",
    "shares",
    "written",
]
