"""Files as tables of text: CSV and XLSX, known by content, hostile until shown to be harmless."""

from keepwell.platform.exchange.readers.limits import FileRefused, Limits
from keepwell.platform.exchange.readers.table import SourceTable, open_table

__all__ = ["FileRefused", "Limits", "SourceTable", "open_table"]
