"""The registers of frameworks."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from keepwell.areas.frameworks.models import (
    Framework,
    Guidance,
    Mapping,
    Node,
    Profile,
    ProfileLine,
    Scale,
    Version,
)
from keepwell.areas.frameworks.rules import acts, withdrawing
from keepwell.areas.frameworks.rules.drafting import draft_next
from keepwell.platform.registers.register import Register

SUBJECT = {
    "frameworks-overview": _("Overview"),
    "frameworks": _("Frameworks"),
    "framework-versions": _("Versions"),
    "requirements": _("Requirements"),
    "mappings": _("Mappings"),
    "guidance": _("Guidance"),
    "profiles": _("Profiles"),
    "profile-lines": _("Profile lines"),
    "scales": _("Scales"),
}


class Frameworks(Register):
    record = Framework
    columns = ["name_here", "code", "publisher", "licence"]
    form_fields = ["code", "name", "name_zh", "publisher", "licence", "source", "unit"]
    search_fields = ["code", "name", "name_zh", "publisher"]
    sort = "code"
    panels = {"versions": ["label", "code", "released_on", "state"]}
    views = SUBJECT


class Versions(Register):
    record = Version
    columns = ["framework", "label", "code", "released_on", "level_names", "state"]
    form_fields = [
        "framework", "code", "label", "released_on", "level_names", "licence", "source", "note",
    ]  # fmt: skip
    search_fields = ["code", "label", "note"]
    filters = ["framework", "state"]
    sort = "code"
    acts = [acts.take_into_use, draft_next, acts.put_aside, acts.take_up_again]
    parts = ["frameworks/_version_part.html"]
    views = SUBJECT


class Nodes(Register):
    record = Node
    columns = ["code", "text_here", "framework_version", "parent", "is_scored", "withdrawn", "position"]
    form_fields = [
        "framework_version", "code", "parent", "title", "title_zh", "statement", "statement_zh", "position",
        "is_scored", "withdrawn", "party", "examples", "references",
    ]  # fmt: skip
    search_fields = ["code", "title", "title_zh", "statement", "statement_zh"]
    filters = ["framework_version", "is_scored", "withdrawn", "party"]
    sort = "position"
    acts = [withdrawing.withdraw, withdrawing.ask_again]
    panels = {"guidance": ["level", "text_here", "scale"]}
    views = SUBJECT


class Mappings(Register):
    record = Mapping
    columns = ["source", "relation", "target", "note"]
    form_fields = ["source", "target", "relation", "note"]
    filters = ["relation"]
    sort = "source"
    views = SUBJECT


class Guidances(Register):
    record = Guidance
    columns = ["node", "level", "text_here", "scale"]
    form_fields = ["node", "scale", "level", "text", "text_zh"]
    search_fields = ["text", "text_zh"]
    filters = ["scale", "level"]
    sort = "node"
    views = SUBJECT


class Scales(Register):
    record = Scale
    columns = ["name_here", "code", "lowest", "highest", "step", "levels_here"]
    form_fields = ["code", "name", "name_zh", "lowest", "highest", "step", "note", "unit"]
    search_fields = ["code", "name", "name_zh"]
    sort = "code"
    views = SUBJECT


class Profiles(Register):
    record = Profile
    columns = ["name", "code", "framework_version", "source"]
    form_fields = ["framework_version", "code", "name", "source", "note"]
    search_fields = ["code", "name", "note"]
    filters = ["framework_version"]
    sort = "code"
    parts = ["frameworks/_profile_part.html"]
    views = SUBJECT


class ProfileLines(Register):
    record = ProfileLine
    columns = ["node", "priority", "rationale", "guidance", "target", "profile"]
    form_fields = ["profile", "node", "priority", "rationale", "guidance", "target"]
    search_fields = ["rationale", "guidance"]
    filters = ["profile", "priority"]
    sort = "node"
    views = SUBJECT
