"""One assessment as a workbook: taken out to be answered without a connection, and brought in again."""

from keepwell.areas.assessment.rules.workbooks.bringing import Report, bring_in, compare, mistakes
from keepwell.areas.assessment.rules.workbooks.reading import Wrong, read
from keepwell.areas.assessment.rules.workbooks.writing import take_out

__all__ = ["Report", "Wrong", "bring_in", "compare", "mistakes", "read", "take_out"]
