"""What may be decided about units and people, how many there are, and how the structure is drawn."""

from keepwell.areas.organization.rules.chart import Branch, branch, chart_svg, drawn, sites_below
from keepwell.areas.organization.rules.erasing import erase
from keepwell.areas.organization.rules.heads import counted_heads, facts, heads
from keepwell.areas.organization.rules.people import end_employment, transfer
from keepwell.areas.organization.rules.structure import close, count_heads, move

__all__ = [
    "Branch", "branch", "chart_svg", "close", "count_heads", "counted_heads", "drawn", "end_employment",
    "erase", "facts", "heads", "move", "sites_below", "transfer",
]  # fmt: skip
