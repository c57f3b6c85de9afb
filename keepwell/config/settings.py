"""Every setting of the site, each read once from a typed variable."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from keepwell.config import env
from keepwell.config.databases import database, replicas
from keepwell.config.evidence import PROGRAM_ENDINGS, evidence_store, scan_hook
from keepwell.config.keys import secret_key
from keepwell.config.mail import TIMEOUT_SECONDS, post, sender
from keepwell.config.reports import mailbox, reports_address, reports_an_hour, reports_megabytes, reports_url
from keepwell.config.sso import providers
from keepwell.kernel import moments

PACKAGE = Path(__file__).resolve().parents[1]
KEEPWELL_DATA = Path(env.text("KEEPWELL_DATA", "var")).resolve()
KEEPWELL_KEYS = Path(env.text("KEEPWELL_KEYS", str(KEEPWELL_DATA / "keys"))).resolve()
KEEPWELL_BACKUP_KEY = env.text("KEEPWELL_BACKUP_KEY")
KEEPWELL_BACKUP_FOLDER = env.text("KEEPWELL_BACKUP_FOLDER")
KEEPWELL_BACKUP_HOURS = env.number("KEEPWELL_BACKUP_HOURS", 24)
KEEPWELL_BACKUP_KEEP = env.number("KEEPWELL_BACKUP_KEEP", 14)
if not (KEEPWELL_BACKUP_HOURS and KEEPWELL_BACKUP_KEEP):
    env.stop("KEEPWELL_BACKUP_HOURS and KEEPWELL_BACKUP_KEEP must be 1 or more.")
KEEPWELL_METRICS_TOKEN = env.text("KEEPWELL_METRICS_TOKEN")
if 0 < len(KEEPWELL_METRICS_TOKEN) < 20:
    env.stop("KEEPWELL_METRICS_TOKEN must have 20 characters or more.")
KEEPWELL_METRICS_FROM = env.networks("KEEPWELL_METRICS_FROM")
KEEPWELL_DEMO = env.flag("KEEPWELL_DEMO")
KEEPWELL_DEMO_PASSWORD = env.text("KEEPWELL_DEMO_PASSWORD")
KEEPWELL_YEAR_END = env.day_of_year("KEEPWELL_YEAR_END", "12-31")
KEEPWELL_WORKERS = env.number("KEEPWELL_WORKERS", 1)
KEEPWELL_LEASE_SECONDS = env.number("KEEPWELL_LEASE_SECONDS", 30)
if KEEPWELL_LEASE_SECONDS < 1:
    env.stop("KEEPWELL_LEASE_SECONDS must be 1 or more.")

KEEPWELL_EVIDENCE_STORE = evidence_store(env.text("KEEPWELL_EVIDENCE_STORE"))
KEEPWELL_S3_KEY = env.text("KEEPWELL_S3_KEY")
KEEPWELL_S3_SECRET = env.text("KEEPWELL_S3_SECRET")
KEEPWELL_EVIDENCE_FILE_MB = env.number("KEEPWELL_EVIDENCE_FILE_MB", 100)
KEEPWELL_EVIDENCE_FILES = env.number("KEEPWELL_EVIDENCE_FILES", 20)
KEEPWELL_EVIDENCE_PERSON_MB = env.number("KEEPWELL_EVIDENCE_PERSON_MB", 10_240)
KEEPWELL_EVIDENCE_PERSON_FILES = env.number("KEEPWELL_EVIDENCE_PERSON_FILES", 20_000)
KEEPWELL_EVIDENCE_UNIT_MB = env.number("KEEPWELL_EVIDENCE_UNIT_MB", 102_400)
KEEPWELL_EVIDENCE_REFUSED = frozenset(
    ending.lower().lstrip(".") for ending in env.words("KEEPWELL_EVIDENCE_REFUSED", PROGRAM_ENDINGS)
)
KEEPWELL_RETENTION = env.numbers("KEEPWELL_RETENTION")
KEEPWELL_SCAN = scan_hook(env.text("KEEPWELL_SCAN"))
KEEPWELL_SCAN_SECONDS = env.number("KEEPWELL_SCAN_SECONDS", 120)

PORT = env.number("PORT", 8000)
KEEPWELL_URL = env.text("KEEPWELL_URL", f"http://localhost:{PORT}")
PRODUCTION = KEEPWELL_URL.startswith("https://")
DEBUG = False

try:
    moments.configure(env.text("KEEPWELL_NOW"))
except ValueError as error:
    env.stop(f"KEEPWELL_NOW does not say a moment: {error}")

SECRET_KEY = secret_key(production=PRODUCTION, folder=KEEPWELL_DATA)
HOST = urlsplit(KEEPWELL_URL).hostname or "localhost"
ALLOWED_HOSTS = [HOST] if PRODUCTION else ["localhost", "127.0.0.1", "[::1]", "testserver", HOST]
KEEPWELL_TRAIL_SYSLOG = env.address("KEEPWELL_TRAIL_SYSLOG", ("udp", "tcp"))
KEEPWELL_TRAIL_MAIL = env.words("KEEPWELL_TRAIL_MAIL", "")
KEEPWELL_TRAIL_MAIL_HOURS = env.number("KEEPWELL_TRAIL_MAIL_HOURS", 24)
KEEPWELL_TRAIL_FILE = env.text("KEEPWELL_TRAIL_FILE")
KEEPWELL_TRAIL_ORIGIN = env.text("KEEPWELL_TRAIL_ORIGIN", f"{HOST}/trail")
CSRF_TRUSTED_ORIGINS = [KEEPWELL_URL.rstrip("/")]
KEEPWELL_REPORTS_URL = reports_url(env.text("KEEPWELL_REPORTS_URL"), main=KEEPWELL_URL)
if KEEPWELL_REPORTS_URL:
    ALLOWED_HOSTS.append(urlsplit(KEEPWELL_REPORTS_URL).hostname or "")
    CSRF_TRUSTED_ORIGINS.append(KEEPWELL_REPORTS_URL)

DATABASES = {"default": database(env.text("DATABASE_URL"), folder=KEEPWELL_DATA)}
DATABASES |= replicas(env.text("KEEPWELL_REPLICAS").split(), primary=DATABASES["default"])
DATABASE_ROUTERS = ["keepwell.platform.replicas.routing.Sides"] if len(DATABASES) > 1 else []
KEEPWELL_REPLICAS = [name for name in DATABASES if name != "default"]
KEEPWELL_REPLICA_LAG_SECONDS = env.number("KEEPWELL_REPLICA_LAG_SECONDS", 10)

AREAS = [
    "keepwell.areas.organization",
    "keepwell.areas.improvement",
    "keepwell.areas.frameworks",
    "keepwell.areas.assessment",
    "keepwell.areas.awareness",
    "keepwell.areas.assurance",
    "keepwell.areas.incidents",
    "keepwell.areas.reporting",
    "keepwell.areas.administration",
]
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "csp",
    "django_htmx",
    "keepwell.platform.replicas",
    "keepwell.platform.jobs",
    "keepwell.platform.history",
    "keepwell.platform.tree",
    "keepwell.platform.people",
    "keepwell.platform.records",
    "keepwell.platform.todos",
    "keepwell.platform.keys",
    "keepwell.platform.acts",
    "keepwell.platform.exchange",
    "keepwell.platform.metrics",
    "keepwell.platform.publishing",
    "keepwell.platform.pages",
    "keepwell.platform.identity",
    "keepwell.platform.evidence",
    "keepwell.platform.search",
    "keepwell.platform.notices",
    "keepwell.platform.privacy",
    *AREAS,
    "keepwell.platform.registers",
    "keepwell.platform.keeping",
]
MIDDLEWARE = [
    "keepwell.platform.keeping.measuring.Measured",
    "keepwell.platform.pages.middleware.NoPlainPrograms",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "keepwell.platform.pages.middleware.ForThisSiteAlone",
    "keepwell.platform.pages.middleware.OnlyReportsThere",
    "keepwell.platform.pages.middleware.NobodyIsKnown",
    "keepwell.areas.incidents.pages.again.AskedAgain",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "keepwell.platform.identity.middleware.KeepSession",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "keepwell.platform.people.requests.KnowThePerson",
    *(["keepwell.platform.people.requests.ReadWhatOneWrote"] if KEEPWELL_REPLICAS else []),
    "keepwell.platform.pages.middleware.KnowThePlace",
    "keepwell.platform.identity.middleware.ProveAnew",
    "keepwell.platform.pages.middleware.NotTooMuchAtOnce",
]
FORM_RENDERER = "keepwell.platform.pages.widgets.Controls"
ROOT_URLCONF = "keepwell.config.urls"
WSGI_APPLICATION = "keepwell.config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.messages.context_processors.messages",
                "keepwell.platform.pages.context.shell",
                "keepwell.platform.notices.context.bell",
            ],
        },
    }
]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "people.Account"
AUTHENTICATION_BACKENDS = ["keepwell.platform.people.signing.Passwords"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "keepwell.platform.people.passwords.OwnWords"},
    {"NAME": "keepwell.platform.people.passwords.Stolen"},
]
KEEPWELL_STOLEN_PASSWORDS = env.text("KEEPWELL_STOLEN_PASSWORDS")
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "start"

KEEPWELL_SSO = providers(env.text("KEEPWELL_SSO"))
KEEPWELL_MFA_ROLES = env.words("KEEPWELL_MFA_ROLES", "administrator group_ciso secretariat auditor")
KEEPWELL_PASSWORDS = env.choice("KEEPWELL_PASSWORDS", ("everyone", "break-glass"))

SESSION_ENGINE = "keepwell.platform.identity.sessions"
SESSION_COOKIE_NAME = "__Host-keepwell" if PRODUCTION else "keepwell"
SESSION_COOKIE_AGE = 8 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = PRODUCTION
CSRF_COOKIE_NAME = "__Host-keepwell-csrf" if PRODUCTION else "keepwell-csrf"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SECURE = PRODUCTION
LANGUAGE_COOKIE_NAME = "keepwell-language"
LANGUAGE_COOKIE_SECURE = PRODUCTION
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_HTTPONLY = True
SECURE_SSL_REDIRECT = PRODUCTION
SECURE_REDIRECT_EXEMPT = [r"^livez$", r"^readyz$", r"^metrics$"]
KEEPWELL_BEHIND_PROXY = env.flag("KEEPWELL_BEHIND_PROXY")
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if KEEPWELL_BEHIND_PROXY else None
SECURE_HSTS_SECONDS = 31_536_000 if PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = PRODUCTION
SECURE_HSTS_PRELOAD = PRODUCTION
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "media-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "object-src": [NONE],
        "manifest-src": [SELF],
    }
}

MAIL = post(env.text("KEEPWELL_MAIL_URL"), data=KEEPWELL_DATA, demo=KEEPWELL_DEMO)
EMAIL_BACKEND, EMAIL_HOST, EMAIL_PORT = MAIL.backend, MAIL.host, MAIL.port
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = MAIL.user, MAIL.password
EMAIL_USE_TLS, EMAIL_USE_SSL = MAIL.starttls, MAIL.tls
EMAIL_TIMEOUT = TIMEOUT_SECONDS
EMAIL_FILE_PATH = MAIL.folder
DEFAULT_FROM_EMAIL = SERVER_EMAIL = sender(env.text("KEEPWELL_MAIL_FROM"), host=HOST)
KEEPWELL_REPORTS_MAIL = reports_address(env.text("KEEPWELL_REPORTS_MAIL"))
KEEPWELL_REPORTS_IMAP = mailbox(env.text("KEEPWELL_REPORTS_IMAP"))
KEEPWELL_REPORTS_AN_HOUR = reports_an_hour(env.number("KEEPWELL_REPORTS_AN_HOUR", 6_000))
KEEPWELL_REPORTS_ANSWERS = env.flag("KEEPWELL_REPORTS_ANSWERS", default=True)
KEEPWELL_REPORTS_MAIL_MB = reports_megabytes(env.number("KEEPWELL_REPORTS_MAIL_MB", 48))

KEEPWELL_READ_AN_HOUR = env.number("KEEPWELL_READ_AN_HOUR", 1_000)
KEEPWELL_ESCALATE_DAYS = env.number("KEEPWELL_ESCALATE_DAYS", 7)
KEEPWELL_EGRESS_ALLOW = env.hosts("KEEPWELL_EGRESS_ALLOW")

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("zh-hant", "繁體中文")]
LOCALE_PATHS = [PACKAGE / "config" / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
USE_THOUSAND_SEPARATOR = False
FORMAT_MODULE_PATH: list[str] = []

STATIC_URL = "static/"
STATIC_ROOT = KEEPWELL_DATA / "static"
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
WHITENOISE_MAX_AGE = 3600
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2_000
FILE_UPLOAD_TEMP_DIR = None
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
SILENCED_SYSTEM_CHECKS: list[str] = []

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "keepwell.config.logs.JsonLine"}},
    "handlers": {"out": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["out"], "level": env.text("KEEPWELL_LOG_LEVEL", "WARNING")},
    "loggers": {
        "keepwell": {"level": env.text("KEEPWELL_LOG_LEVEL", "INFO")},
        "django.request": {"level": "ERROR"},
        "django.security.DisallowedHost": {"level": "ERROR"},
        # The sender is told; that somebody wrote a long report is nobody's business.
        "django.security.RequestDataTooBig": {"level": "CRITICAL"},
        # They tell whole addresses, and those of chat rooms are secrets.
        "apprise": {"level": "ERROR"},
        "urllib3": {"level": "ERROR"},
    },
}
NAVIGATION = "keepwell.config.navigation.WORDS"
AREA_TITLES = {
    "organization": _("organization"),
    "systems": _("critical systems and clauses"),
    "frameworks": _("frameworks"),
    "improvement": _("improvement"),
    "assessment": _("maturity"),
    "people": _("people"),
    "awareness": _("training"),
    "assurance": _("certificates"),
    "incidents": _("incidents"),
    "disclosures": _("what is told without a name"),
    "reporting": _("publications"),
    "evidence": _("evidence"),
    "administration": _("administration"),
}
