"""A framework, its versions, and the requirements of each version as a tree."""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from keepwell.platform.history.labels import labelled
from keepwell.platform.records.models import Record, RecordQuerySet, RecordRows
from keepwell.platform.tree.models import Unit, the_group

SLUG = RegexValidator(r"^[a-z0-9][a-z0-9.-]*$", _("A code has small letters, digits, . and - only."))
NODE_CODE = RegexValidator(
    r"^[A-Za-z0-9][A-Za-z0-9 ._():/-]*$",
    _("A code begins with a letter or digit and has letters, digits, blanks and . _ - ( ) : / only."),
)
MOST_DEEP = 10


def in_reader_language(english: str, chinese: str) -> str:
    """The text in the reader's language, else in English."""
    return (chinese if get_language() == "zh-hant" else "") or english


class Framework(Record):
    """What somebody published about how security is done, over all its versions."""

    key_fields = ("code",)
    holds_below = True

    code = models.CharField(
        _("code"), max_length=40, unique=True, validators=[SLUG], help_text=_("As nist-csf.")
    )
    name = models.CharField(_("name"), max_length=160)
    name_zh = models.CharField(_("Chinese name"), max_length=160, blank=True)
    publisher = models.CharField(_("publisher"), max_length=120, blank=True)
    licence = models.CharField(_("licence"), max_length=300, blank=True)
    source = models.CharField(_("source"), max_length=300, blank=True)
    unit = models.ForeignKey(
        Unit, models.PROTECT, default=the_group, related_name="frameworks", verbose_name=_("unit"),
        help_text=_("Who answers for it; the group if nothing else is said."),
    )  # fmt: skip

    class Meta:
        verbose_name = _("framework")
        verbose_name_plural = _("frameworks")

    def __str__(self) -> str:
        return self.name_here

    @property
    @labelled(_("name"))
    def name_here(self) -> str:
        """The name in the reader's language, else in English."""
        return in_reader_language(self.name, self.name_zh)


class VersionRows(RecordRows):
    """Versions, each with its framework, which their names need."""

    def get_queryset(self) -> RecordQuerySet:
        found: Any = super().get_queryset()  # a RecordQuerySet, which the stubs forget
        return found.select_related("framework")


class Version(Record):
    """One published version of a framework; what is in use keeps its requirements as they are."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        IN_USE = "in_use", _("In use")
        RETIRED = "retired", _("Not for new cycles")

    unit_field: ClassVar[str] = "framework__unit"
    key_fields = ("code",)
    holds_below = True

    framework = models.ForeignKey(
        Framework, models.PROTECT, related_name="versions", verbose_name=_("framework")
    )
    code = models.CharField(
        _("code"), max_length=60, unique=True, validators=[SLUG], help_text=_("As nist-csf-2.0.")
    )
    label = models.CharField(_("version"), max_length=40, help_text=_("As its publisher calls it: 2.0."))
    released_on = models.DateField(_("released"), null=True, blank=True)
    level_names = models.JSONField(
        _("level names"), default=list, blank=True, help_text=_("From the top: function, category …")
    )
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.DRAFT, editable=False)
    licence = models.CharField(_("licence"), max_length=300, blank=True)
    source = models.CharField(_("source"), max_length=500, blank=True)
    note = models.CharField(_("note"), max_length=1000, blank=True)
    oscal = models.JSONField(
        default=dict,
        blank=True,
        editable=False,
        help_text="What an OSCAL file told of it beyond the columns.",
    )

    objects: ClassVar[VersionRows] = VersionRows()

    class Meta:
        verbose_name = _("framework version")
        verbose_name_plural = _("framework versions")
        constraints = [
            models.UniqueConstraint(
                fields=["framework", "label"], name="version_once",
                violation_error_message=_("This framework has a version of that name already."),
            )
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.framework.name_here} {self.label}"

    @property
    def is_in_use(self) -> bool:
        """Whether cycles may be opened on it."""
        return self.state == self.State.IN_USE and self.retired_at is None


class NodeQuerySet(RecordQuerySet):
    def active(self) -> NodeQuerySet:
        """Requirements that count: neither withdrawn by the publisher nor retired here."""
        return self.current().filter(withdrawn=False)

    def scored(self) -> NodeQuerySet:
        """Requirements that are answered."""
        return self.active().filter(is_scored=True)

    def in_order(self) -> NodeQuerySet:
        """In the order of their publisher."""
        return self.order_by("position", "code", "pk")


PlainNodeRows = models.Manager.from_queryset(NodeQuerySet)


class NodeRows(PlainNodeRows):
    """Requirements, each with its version, which their natural keys need."""

    def get_queryset(self) -> NodeQuerySet:
        found: Any = super().get_queryset()  # a NodeQuerySet, which the stubs forget
        return found.select_related("framework_version")


class Node(Record):
    """One requirement of a version at any height: a function, a category, a subcategory."""

    class Party(models.TextChoices):
        FIRST = "first", _("Own organization")
        THIRD = "third", _("Third parties")
        BOTH = "both", _("Own organization and third parties")

    unit_field: ClassVar[str] = "framework_version__framework__unit"
    key_fields = ("framework_version__code", "code")
    holds_below = True

    framework_version = models.ForeignKey(
        Version, models.PROTECT, related_name="nodes", verbose_name=_("framework version")
    )
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("part of"),
        help_text=_("As nist-csf-2.0|GV.RR; empty at the top."),
    )  # fmt: skip
    code = models.CharField(_("code"), max_length=60, validators=[NODE_CODE])
    title = models.CharField(_("title"), max_length=300, blank=True)
    title_zh = models.CharField(_("Chinese title"), max_length=300, blank=True)
    statement = models.CharField(_("statement"), max_length=4000, blank=True)
    statement_zh = models.CharField(_("Chinese statement"), max_length=4000, blank=True)
    position = models.PositiveIntegerField(
        _("position"), default=0, help_text=_("Its place in the order of the whole version.")
    )
    depth = models.PositiveSmallIntegerField(_("depth"), default=0, editable=False)
    is_scored = models.BooleanField(_("scored"), default=False, help_text=_("It is answered itself."))
    withdrawn = models.BooleanField(pgettext_lazy("frameworks", "withdrawn"), default=False)
    party = models.CharField(_("concerns"), max_length=5, choices=Party, blank=True)
    examples = models.JSONField(_("examples"), default=list, blank=True)
    references = models.JSONField(_("references"), default=list, blank=True)
    oscal = models.JSONField(
        default=dict,
        blank=True,
        editable=False,
        help_text="What an OSCAL file told of it beyond the columns.",
    )

    objects: ClassVar[NodeRows] = NodeRows()

    class Meta:
        verbose_name = _("requirement")
        verbose_name_plural = _("requirements")
        constraints = [
            models.UniqueConstraint(
                fields=["framework_version", "code"], name="node_once",
                violation_error_message=_("This version has a requirement of that code already."),
            ),
            models.CheckConstraint(
                condition=~models.Q(withdrawn=True, is_scored=True), name="node_withdrawn_is_not_scored",
                violation_error_message=_("What is withdrawn is not answered."),
            ),
        ]  # fmt: skip
        indexes = [models.Index(fields=["framework_version", "position"], name="node_in_order")]

    def __str__(self) -> str:
        return f"{self.code} {self.title_here}".strip()

    @property
    @labelled(_("title"))
    def title_here(self) -> str:
        """The title in the reader's language, else in English."""
        return in_reader_language(self.title, self.title_zh)

    @property
    @labelled(_("statement"))
    def statement_here(self) -> str:
        """The statement in the reader's language, else in English."""
        return in_reader_language(self.statement, self.statement_zh)

    @property
    @labelled(_("text"))
    def text_here(self) -> str:
        """What it says: the statement, or the title of what has none."""
        return self.statement_here or self.title_here

    def clean(self) -> None:
        """It hangs below a requirement of its own version, never below itself; its depth follows."""
        wrong: dict[str, Any] = {}
        parent = self.parent
        if parent is not None and parent.framework_version_id != self.framework_version_id:
            wrong["parent"] = _("It hangs below a requirement of the same version.")
        elif parent is not None and self._moves() and self.children.exists():
            wrong["parent"] = _("A requirement with others below it stays where it is.")
        elif parent is not None and parent.pk == self.pk:
            wrong["parent"] = _("A requirement does not hang below itself.")
        elif parent is not None and parent.depth + 1 >= MOST_DEEP:
            wrong["parent"] = _("A framework has ten levels at most.")
        elif parent is not None and parent.withdrawn and not self.withdrawn:
            wrong["parent"] = _("It hangs below something that is withdrawn.")
        if self.withdrawn and self.is_scored:
            wrong["is_scored"] = _("What is withdrawn is not answered.")
        elif self.withdrawn and self._loaded_as_asked() and self.children.active().exists():
            wrong["withdrawn"] = _("What lies below it is still asked; “Withdraw” takes both away.")
        if wrong:
            raise ValidationError(wrong)
        self.depth = parent.depth + 1 if parent else 0

    def _loaded_as_asked(self) -> bool:
        """Whether the row is there already, not withdrawn."""
        return not self._state.adding and not self._loaded.get("withdrawn")

    def _moves(self) -> bool:
        """Whether the row is there already, below something else."""
        return not self._state.adding and self._loaded.get("parent_id") != self.parent_id
