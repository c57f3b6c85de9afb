"""Which backups were made, and which failed."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from keepwell.platform.keeping.failing import said


class BackupQuerySet(models.QuerySet["Backup"]):
    def whole(self) -> BackupQuerySet:
        """Those that were written to their end."""
        return self.filter(error="")

    def sound(self) -> BackupQuerySet:
        """Those of them in which no file was damaged."""
        return self.whole().filter(damaged=[])


BackupRows = models.Manager.from_queryset(BackupQuerySet)


class Backup(models.Model):
    """One backup that was made here, by the system's clock; of one that failed, why."""

    begun_at = models.DateTimeField(_("begun"), default=timezone.now, db_index=True)
    seconds = models.FloatField(_("seconds"), default=0)
    path = models.CharField(_("file"), max_length=400)
    size_bytes = models.PositiveBigIntegerField(_("size"), default=0)
    rows = models.PositiveBigIntegerField(_("rows"), default=0)
    files = models.PositiveBigIntegerField(_("files"), default=0)
    is_scheduled = models.BooleanField(_("by schedule"), default=False)
    error = models.CharField(_("error"), max_length=300, blank=True)
    facts = models.JSONField(_("facts"), default=dict, blank=True)
    """What the words of `error` name."""
    damaged = models.JSONField(
        _("damaged files"), default=list, blank=True, help_text="Names of files that were damaged before."
    )

    objects: ClassVar[BackupRows] = BackupRows()

    class Meta:
        verbose_name = _("backup")
        verbose_name_plural = _("backups")

    def __str__(self) -> str:
        return self.path

    @property
    def reason(self) -> str:
        """Why it failed, in the present language; "" if it did not."""
        return said(self.error, self.facts) if self.error else ""
