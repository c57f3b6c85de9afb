"""Indicators of an attack: their kinds, each written one way, shown so that nobody opens it, and found in any text."""

from keepwell.kernel.indicators.kinds import Kind

__all__ = ["Kind"]
