"""Sessions, second factors, recovery codes, known devices, links to other houses, and one-time links."""

from __future__ import annotations

from importlib import import_module
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.sessions.base_session import AbstractBaseSession, BaseSessionManager
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from keepwell.platform.keys.fields import SealedText
from keepwell.platform.notices.outgoing import Mail
from keepwell.platform.people.models import Account, Person
from keepwell.platform.people.personal import Fate, personal


@personal("account__person", fate=Fate.DELETED, secret=("session_key", "session_data"))
class Session(AbstractBaseSession):
    """One browser that is known; its row is named by the SHA-256 of the key that only the browser holds."""

    session_key = models.CharField(max_length=64, primary_key=True)
    account = models.ForeignKey(Account, models.CASCADE, null=True, related_name="sessions")

    objects: ClassVar[Any] = BaseSessionManager()  # Django's stubs know no manager of another model

    class Meta:
        indexes = [models.Index(fields=["account", "expire_date"], name="session_of_account")]

    @classmethod
    def get_session_store_class(cls) -> Any:
        """The store that reads and writes it."""
        return import_module(settings.SESSION_ENGINE).SessionStore


@personal(
    "account__person", fate=Fate.DELETED, says=("label",), secret=("seed", "credential_id", "credential")
)
class Factor(models.Model):
    """What somebody has beside a password: an authenticator app, or a passkey."""

    class Kind(models.TextChoices):
        APP = "app", _("Authenticator app")
        PASSKEY = "passkey", _("Passkey")

    account = models.ForeignKey(Account, models.CASCADE, related_name="factors")
    kind = models.CharField(max_length=10, choices=Kind)
    label = models.CharField(max_length=80)
    seed = SealedText(blank=True)
    last_step = models.BigIntegerField(default=0)
    credential_id = models.CharField(max_length=1400, blank=True)
    credential = models.TextField(blank=True)
    sign_count = models.BigIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account"], condition=models.Q(kind="app"), name="factor_one_app_an_account"
            ),
            models.UniqueConstraint(
                fields=["credential_id"],
                condition=~models.Q(credential_id=""),
                name="factor_one_of_a_passkey",
            ),
        ]

    def __str__(self) -> str:
        return self.label or str(self.get_kind_display())


@personal("account__person", fate=Fate.DELETED, secret=("digest",))
class RecoveryCode(models.Model):
    """A code that stands for a lost second factor, once; only its digest is kept."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="recovery_codes")
    digest = models.CharField(max_length=64)
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "digest"], name="recovery_code_once")]

    def __str__(self) -> str:
        return f"a recovery code of {self.account}"


@personal("account__person", fate=Fate.DELETED, says=("source",), secret=("digest",))
class Device(models.Model):
    """A browser, and the address it had, from which an account was signed in to before."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="devices")
    digest = models.CharField(max_length=64)
    source = models.CharField(max_length=64)
    seen_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "digest"], name="device_once")]
        indexes = [models.Index(fields=["account", "source"], name="device_by_source")]

    def __str__(self) -> str:
        return f"a device of {self.account}"


class Used(models.Model):
    """What may be used once only and was: a challenge, an answer of another house."""

    digest = models.CharField(max_length=64, primary_key=True)
    until = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.digest


@personal(says=("told",))
class Arrival(models.Model):
    """What a SAML house said of somebody, until the browser that asked comes for it, two minutes at most."""

    digest = models.CharField(max_length=64, primary_key=True)
    told = models.TextField()
    at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.digest


@personal("account__person", fate=Fate.DELETED, secret=("digest",))
class PasswordLink(models.Model):
    """A link by which its account's password may be set once; only the digest of its secret is kept."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="password_links")
    digest = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"a password link of {self.account}"

    @property
    def is_good(self) -> bool:
        """Whether it may still be used."""
        return self.used_at is None and self.expires_at > timezone.now()


@personal("link__account__person", fate=Fate.DELETED, says=("address",), secret=("sealed_url",))
class LinkMail(Mail):
    """The mail that brings a link to its owner, at the address they had when it was made. The link lies sealed until it
    is sent, then nowhere."""

    emptied: ClassVar[tuple[str, ...]] = ("sealed_url",)

    link = models.OneToOneField(PasswordLink, models.CASCADE, related_name="mail")
    address = models.CharField(max_length=254)
    sealed_url = SealedText(blank=True)

    class Meta:
        indexes = [models.Index(fields=["state", "next_at"], name="link_mail_waiting")]

    def __str__(self) -> str:
        return f"{self.pk}"


@personal("person", fate=Fate.DELETED, says=("issuer", "subject", "linked_by"))
class Identity(models.Model):
    """A person as another house calls them: by issuer and subject, and by nothing that can be given to others."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="identities")
    provider = models.CharField(max_length=40)
    issuer = models.CharField(max_length=400)
    subject = models.CharField(max_length=400)
    linked_at = models.DateTimeField(auto_now_add=True)
    linked_by = models.CharField(max_length=160)
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["issuer", "subject"], name="identity_once"),
            models.UniqueConstraint(fields=["person", "issuer"], name="identity_one_a_house"),
        ]

    def __str__(self) -> str:
        return f"{self.subject} of {self.provider}"

    @property
    def provider_title(self) -> str:
        """What its house is called on buttons; its name if the settings name it no more."""
        known = settings.KEEPWELL_SSO.get(self.provider)
        return known.title if known else self.provider


@personal(
    fate=Fate.DELETED, says=("issuer", "subject", "name", "mail", "number"),
    about=lambda person: models.Q(number=person.number)
    | models.Q(mail__iexact=person.mail, mail__gt=""),
)  # fmt: skip
class Stranger(models.Model):
    """Somebody for whom another house vouched and who is nobody here yet."""

    provider = models.CharField(max_length=40)
    issuer = models.CharField(max_length=400)
    subject = models.CharField(max_length=400)
    name = models.CharField(max_length=160, blank=True)
    mail = models.CharField(max_length=254, blank=True)
    number = models.CharField(max_length=40, blank=True)
    first_at = models.DateTimeField(auto_now_add=True)
    last_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["issuer", "subject"], name="stranger_once")]

    def __str__(self) -> str:
        return self.name or self.subject
