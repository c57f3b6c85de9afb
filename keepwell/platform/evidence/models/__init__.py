"""Records of evidence."""

from keepwell.platform.evidence.models.custody import CustodyEntry
from keepwell.platform.evidence.models.pieces import (
    Content,
    File,
    Finding,
    Link,
    Piece,
    Version,
    new_reference,
)

__all__ = ["Content", "CustodyEntry", "File", "Finding", "Link", "Piece", "Version", "new_reference"]
