"""The dossier of an incident: all that is known of it on paper, for who may see it, in the reader's language."""

from keepwell.areas.incidents.rules.dossier.making import (
    FORMS,
    JOB,
    ask,
    document,
    file_name,
    file_of,
    followed,
    made,
    write,
)
from keepwell.areas.incidents.rules.dossier.reading import Dossier

__all__ = ["FORMS", "JOB", "Dossier", "ask", "document", "file_name", "file_of", "followed", "made", "write"]
