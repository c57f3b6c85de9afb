"""Frameworks as data: versions and their requirements, crosswalks, scales and what their levels ask."""

from keepwell.areas.frameworks.models.crosswalks import Mapping
from keepwell.areas.frameworks.models.outlines import MOST_DEEP, Framework, Node, Version
from keepwell.areas.frameworks.models.profiles import Profile, ProfileLine
from keepwell.areas.frameworks.models.scales import Guidance, Scale

__all__ = [
    "MOST_DEEP",
    "Framework",
    "Guidance",
    "Mapping",
    "Node",
    "Profile",
    "ProfileLine",
    "Scale",
    "Version",
]
