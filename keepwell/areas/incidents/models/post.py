"""Reports by mail: the addresses of units, every mail that came, the files of a report, and the receipts that go back.

Mail is never without a name: whoever writes one is known to every server on its way. So what comes by mail is a
report, and a mail is a record: what became of it can be looked up for each.
"""

from __future__ import annotations

from typing import ClassVar
from urllib.parse import urlsplit

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from keepwell.areas.incidents.models.intake import Report, ReportWord
from keepwell.kernel import moments
from keepwell.platform.evidence.kinds import SOUNDS
from keepwell.platform.evidence.models import Content
from keepwell.platform.evidence.serving import is_open
from keepwell.platform.evidence.shown import State, state_of
from keepwell.platform.exchange.readers.mail import SENTENCES
from keepwell.platform.history.labels import Standing, labelled
from keepwell.platform.keys.fields import SealedText
from keepwell.platform.notices.outgoing import Mail
from keepwell.platform.people.personal import personal
from keepwell.platform.records.models import Record, RecordQuerySet
from keepwell.platform.tree.models import Unit

LONGEST_ADDRESS, LONGEST_SUBJECT, LONGEST_ID = 254, 300, 300
PLAIN_ADDRESS = RegexValidator(
    r"^[^\s@<>\"',;:A-Z]{1,64}@[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})*$",
    _("Write the address alone, in small letters, as report.khh1@example.com."),
)


@personal(says=("address", "purpose"))
class ReportAddress(Record):
    """A mail address whose mails are reports of one unit."""

    key_fields = ("address",)

    address = models.CharField(
        _("mail address"), max_length=LONGEST_ADDRESS, unique=True, validators=[PLAIN_ADDRESS]
    )
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="report_addresses", verbose_name=_("unit"))

    purpose = models.CharField(_("what it is for"), max_length=120, blank=True)

    class Meta:
        verbose_name = _("report address")
        verbose_name_plural = _("report addresses")

    def __str__(self) -> str:
        return self.address


class ReportFileQuerySet(RecordQuerySet):
    def shown(self) -> ReportFileQuerySet:
        """As the page of a report lists them: as they came, with how they stand with the scanner."""
        return self.current().select_related("content").order_by("at", "name", "pk")


ReportFileRows = models.Manager.from_queryset(ReportFileQuerySet)


@personal(says=("name", "told"))
class ReportFile(Record):
    """A file that came with a report: sealed as it came, and of a mail what it says of itself.

    `content` is null where the bytes were not kept; `absent` tells why.
    """

    unit_field: ClassVar[str] = "report__unit"
    key_fields = ("report__reference", "sha256")

    class Kind(models.TextChoices):
        MAIL = "mail", _("The mail that brought it")
        SUSPECT = "suspect", _("A suspicious mail")
        FILE = "file", _("File")
        VOICE = "voice", _("Voice note")

    class Absent(models.TextChoices):
        PROGRAM = "program", _("A program or the like: it lies in the original mail alone.")

    report = models.ForeignKey(Report, models.PROTECT, related_name="files", verbose_name=_("report"))
    kind = models.CharField(_("kind"), max_length=7, choices=Kind, default=Kind.FILE)
    name = models.CharField(_("name"), max_length=120)
    sha256 = models.CharField(_("digest"), max_length=64)
    size_bytes = models.PositiveBigIntegerField(_("size"))
    media_type = models.CharField(_("type"), max_length=120)
    absent = models.CharField(_("not kept"), max_length=7, choices=Absent, blank=True)
    told = models.JSONField(_("what the mail says"), default=dict, blank=True)
    content = models.ForeignKey(
        Content, models.PROTECT, null=True, related_name="report_files", editable=False
    )
    at = models.DateTimeField(_("added"), default=moments.now)

    objects: ClassVar[ReportFileRows] = ReportFileRows()

    class Meta:
        verbose_name = _("file of a report")
        verbose_name_plural = _("files of reports")
        constraints = [models.UniqueConstraint(fields=["report", "sha256"], name="report_file_once")]
        indexes = [models.Index(fields=["sha256"], name="report_file_by_digest")]

    def __str__(self) -> str:
        return self.name

    @property
    def state(self) -> State:
        """How it stands with the scanner."""
        return state_of(self.content)

    @property
    def is_open(self) -> bool:
        """Whether it is handed out."""
        return is_open(self.content)

    @property
    def is_sound(self) -> bool:
        """Whether a browser may play it."""
        return self.media_type in SOUNDS

    @property
    def is_voice(self) -> bool:
        """Whether it is a voice note of the report page, of which the sound alone was kept."""
        return self.kind == self.Kind.VOICE

    @property
    def problem(self) -> str:
        """Why the mail that it is cannot be read; "" if it can, or is none."""
        word = self.told.get("problem", "")
        return gettext(SENTENCES[word]) if word in SENTENCES else ""


class Because(models.TextChoices):
    """Why a mail made no report."""

    AUTOMATIC = "automatic", _("An automatic answer; nobody wrote it.")
    BOUNCE = "bounce", _("A mail server says that a mail of ours did not arrive.")
    LIST = "list", _("It came by a mailing list, or in bulk.")
    LOOP = "loop", _("It is our own mail that came back.")
    UNREADABLE = "unreadable", _("It could not be read; it is kept as it came.")


TINTS = {
    "taken": ("check", "good"), "word": ("check", "good"), "left": ("minus", "mute"),
    "held": ("alert-triangle", "warn"), "settled": ("check", "mute"),
}  # fmt: skip


@personal(says=("sender", "recipient", "subject"))
class ReceivedMail(Record):
    """One mail that was given to Keepwell, and what became of it. `mark` says which mail it is, however often and by
    whichever way it comes."""

    kept_with = "report"
    key_fields = ("mark",)

    class State(models.TextChoices):
        TAKEN = "taken", _("A report was made of it")
        WORD = "word", _("Added to a report")
        LEFT = "left", _("Left aside")
        HELD = "held", _("Waits for a look")
        SETTLED = "settled", _("Looked at")

    mark = models.CharField(_("digest"), max_length=64, unique=True, editable=False)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name=_("unit"))
    received_at = models.DateTimeField(_("received"), default=moments.now, editable=False)
    sender = models.CharField(_("sender"), max_length=LONGEST_ADDRESS, blank=True)
    recipient = models.CharField(_("to"), max_length=LONGEST_ADDRESS, blank=True)
    subject = models.CharField(_("subject"), max_length=LONGEST_SUBJECT, blank=True)
    message_id = models.CharField(_("Message-ID"), max_length=LONGEST_ID, blank=True)
    size_bytes = models.PositiveBigIntegerField(_("size"))
    state = models.CharField(_("state"), max_length=7, choices=State, editable=False)
    because = models.CharField(_("reason"), max_length=10, choices=Because, blank=True, editable=False)
    problem = models.CharField(max_length=10, blank=True, editable=False)
    outcome = models.CharField(_("what came of it"), max_length=300, blank=True, editable=False)
    report = models.ForeignKey(
        Report, models.PROTECT, null=True, related_name="mails", verbose_name=_("report"), editable=False
    )
    content = models.ForeignKey(Content, models.PROTECT, null=True, related_name="mails", editable=False)

    class Meta:
        verbose_name = _("received mail")
        verbose_name_plural = _("received mails")
        indexes = [
            models.Index(fields=["sender", "received_at"], name="mail_by_sender"),
            models.Index(fields=["received_at", "id"], name="mail_by_moment"),
        ]

    def __str__(self) -> str:
        return self.subject or self.sender or self.mark[:12]

    @property
    @labelled(_("state"))
    def standing(self) -> Standing:
        """The state as a badge."""
        return Standing(str(self.State(self.state).label), *TINTS[self.state])

    @property
    @labelled(_("mail"))
    def heading(self) -> str:
        """What it is called in a list: its subject, else who sent it."""
        return str(self)

    @property
    @labelled(_("why"))
    def why(self) -> str:
        """Why no report was made of it, in one sentence."""
        if self.problem:
            return gettext(SENTENCES[self.problem])
        return str(Because(self.because).label) if self.because else self.outcome


@personal(says=("address", "answers"), secret=("sealed_code",))
class ReceiptMail(Mail):
    """The one mail that tells a sender that their report came. The code lies sealed until it is sent, then nowhere."""

    emptied: ClassVar[tuple[str, ...]] = ("sealed_code",)

    report = models.OneToOneField(Report, models.PROTECT, related_name="receipt_mail")
    address = models.CharField(max_length=LONGEST_ADDRESS)
    answers = models.CharField(max_length=LONGEST_ID, blank=True, help_text="The Message-ID that it answers.")
    sealed_code = SealedText(blank=True)
    is_cut = models.BooleanField(default=False, help_text="Of the mail only the beginning was read.")

    class Meta:
        indexes = [models.Index(fields=["state", "next_at"], name="receipt_mail_waiting")]

    def __str__(self) -> str:
        return f"{self.pk}"

    @property
    def message_id(self) -> str:
        """The same in every try; an answer to it names the report."""
        return f"<report-{self.report_id}@{urlsplit(settings.KEEPWELL_URL).hostname}>"

    @property
    def goes_to(self) -> str:
        """Its address."""
        return self.address


@personal(says=("address",))
class AnswerMail(Mail):
    """The mail that brings one answer of security to who reported, in the thread of what they wrote."""

    word = models.OneToOneField(ReportWord, models.PROTECT, related_name="mail")
    address = models.CharField(max_length=LONGEST_ADDRESS)

    class Meta:
        indexes = [models.Index(fields=["state", "next_at"], name="answer_mail_waiting")]

    def __str__(self) -> str:
        return f"{self.pk}"

    @property
    def message_id(self) -> str:
        """The same in every try; an answer to it names the report."""
        return f"<report-{self.word.report_id}.{self.pk}@{urlsplit(settings.KEEPWELL_URL).hostname}>"

    @property
    def goes_to(self) -> str:
        """Its address."""
        return self.address
