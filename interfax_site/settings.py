"""The only settings file. Every name that an operator sets is in ``.env.example``."""

from __future__ import annotations

import gc
from pathlib import Path
from urllib.parse import urlsplit

import environ
from celery.schedules import crontab
from csp.constants import NONCE, NONE, SELF
from django.utils.translation import gettext_lazy as _

from interfax_site import logs

# A process that starts makes hundreds of thousands of objects that stay. Looking for garbage among them, and taking
# them apart one by one at the end, is 40 % of its work: SiteConfig begins with it once all apps are loaded.
gc.disable()

BASE_DIR = Path(__file__).resolve().parent.parent

# `eml` is the embedded default's relay: one file a mail under DATA_DIR/outbox.
environ.Env.EMAIL_SCHEMES["eml"] = "notifications.relay.eml"
env = environ.FileAwareEnv()
env.read_env(BASE_DIR / ".env")

# Where things are
DATA_DIR = BASE_DIR / env.str("DATA_DIR", default="var")
LISTEN_ADDRESS = env.str("LISTEN_ADDRESS", default="127.0.0.1")
HTTP_PORT = env.int("HTTP_PORT", default=8000)
SMTP_PORT = env.int("SMTP_PORT", default=2525)
SMTPS_PORT = env.int("SMTPS_PORT", default=4650)
SITE_URL = env.str("SITE_URL", default="") or f"http://localhost:{HTTP_PORT}"
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[urlsplit(SITE_URL).hostname, "localhost", "127.0.0.1"])

# Set by ./run when it brings the database: what would be wrong elsewhere is right for trying things out
EMBEDDED = env.bool("EMBEDDED", default=False)

# The name of the installation that may dial and send mail; empty: a token that DATA_DIR/installation keeps
INSTALLATION = env.str("INSTALLATION", default="")

# Secrets
SECRET_KEY = env.str("SECRET_KEY")
KEY_SECRETS = env.list("KEY_SECRETS", default=[])
CONTENT_SECRETS = env.list("CONTENT_SECRETS")

# Applications
INSTALLED_APPS = [
    "faxsend",
    "notifications",
    "certificates",
    "accounts",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
    "allauth",
    "allauth.account",
    "csp",
    "interfax_site",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.middleware.account_locale",
]
ROOT_URLCONF = "interfax_site.urls"
WSGI_APPLICATION = "interfax_site.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# Database and broker
DATABASES = {"default": env.db_url("DATABASE_URL")}
DATABASES["default"]["CONN_MAX_AGE"] = 60
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
REDIS_URL = env.str("REDIS_URL")
CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}}

# Who logs in, and how
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.ScryptPasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = False
# Sign-in failures are counted by the adapter, which knows the guide's rule.
ACCOUNT_RATE_LIMITS = {"login_failed": None}

# Who may fax: an address named on the site counts once its owner has confirmed it
SENDER_CONFIRMATION = env.bool("SENDER_CONFIRMATION", default=True)

# Security of the site
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SITE_URL.startswith("https://")
SESSION_COOKIE_AGE = 12 * 3600
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = (
    4 * 1024 * 1024
)  # the rows of a 2 MB file come back from the preview of an import
CSRF_TRUSTED_ORIGINS = [SITE_URL]
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "object-src": [NONE],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
    },
}

# Languages and times
LANGUAGE_CODE = "ja"
LANGUAGES = [("ja", _("Japanese")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Tokyo"  # of the pages; the database keeps UTC

# Static files
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = True  # served from the packages: nothing to collect

# Mail that leaves
EMAIL_BACKEND = "notifications.outbox.OutboxBackend"
RELAY = env.email_url("EMAIL_URL", default="eml:")
RELAY_CONNECTIONS = env.int("RELAY_CONNECTIONS", default=4)
RELAY_PER_MINUTE = env.int("RELAY_PER_MINUTE", default=0)  # 0: no limit
OUTBOX_DIR = DATA_DIR / "outbox"
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.str("SERVICE_ADDRESS", default="send@fax.tc")

# Mail that arrives
FAX_DOMAIN = env.str("FAX_DOMAIN", default="fax.tc")
SERVICE_ADDRESS = env.str("SERVICE_ADDRESS", default="send@fax.tc")
DIGITALID_ADDRESS = env.str("DIGITALID_ADDRESS", default="digitalid@interfax.net")
SMTP_TLS_CERTIFICATE = env.str("SMTP_TLS_CERTIFICATE", default=str(DATA_DIR / "tls" / "smtp.crt"))
SMTP_TLS_KEY = env.str("SMTP_TLS_KEY", default=str(DATA_DIR / "tls" / "smtp.key"))
SMTP_TLS_MAXIMUM = env.str("SMTP_TLS_MAXIMUM", default="1.3")
SMTP_REQUIRE_TLS = env.bool("SMTP_REQUIRE_TLS", default=False)
SMTP_TRUSTED_RELAYS = env.list("SMTP_TRUSTED_RELAYS", default=[])
SMTP_SIZE_LIMIT = 40 * 1024 * 1024
UNKNOWN_SENDER = env.str("UNKNOWN_SENDER", default="refuse")  # or discard
DNS_RESOLVER = env.list("DNS_RESOLVER", default=[])  # for DKIM and DMARC; empty: the system's

# S/MIME
SMIME_TRUST_ROOTS = env.str("SMIME_TRUST_ROOTS", default="")  # empty: the system's bundle
SMIME_SHA1_UNTIL = env.str("SMIME_SHA1_UNTIL", default="")  # a date, yyyy-mm-dd; empty: refused
CRL_URLS = env.list("CRL_URLS", default=[])

# The line
FAX_CARRIER = env.str("FAX_CARRIER", default="simulator")
FAX_LINES = env.int("FAX_LINES", default=4)
SIMULATOR_CALL_SECONDS = env.float("SIMULATOR_CALL_SECONDS", default=0.0)
SIMULATOR_FAULTS = env.str("SIMULATOR_FAULTS", default="")  # as the next one
SPANDSP_FAULTS = env.str("SPANDSP_FAULTS", default="")  # a JSON file: number -> what is wrong there
HYLAFAX_URL = env.str("HYLAFAX_URL", default="")
HYLAFAX_INTERNATIONAL_PREFIX = env.str("HYLAFAX_INTERNATIONAL_PREFIX", default="010")

# Celery: the broker is a wake-up, nothing of value is in it
CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://").replace("?db=", "?virtual_host=")
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_DEFAULT_QUEUE = "intake"
CELERY_TASK_ROUTES = {
    "faxsend.tasks.look_for_mail": {"queue": "intake"},
    "faxsend.tasks.look_for_faxes": {"queue": "transmit"},
    "faxsend.tasks.recover_calls": {"queue": "transmit"},
    "faxsend.tasks.keep_deadlines": {"queue": "transmit"},
    "faxsend.tasks.remove_what_is_due": {"queue": "mail"},
    "faxsend.tasks.look_for_credit": {"queue": "transmit"},
    "notifications.tasks.look_for_outgoing": {"queue": "mail"},
    "certificates.tasks.look_for_requests": {"queue": "mail"},
    "certificates.tasks.fetch_revocation_lists": {"queue": "mail"},
}
CELERY_TASK_SOFT_TIME_LIMIT = 1800
CELERY_TASK_TIME_LIMIT = 1860
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# An edge that finds no broker says so at once; kombu would try for six seconds.
CELERY_BROKER_TRANSPORT_OPTIONS = {"max_retries": 0, "socket_connect_timeout": 2, "socket_timeout": 10}
CELERY_TASK_PUBLISH_RETRY = False
CELERY_BEAT_SCHEDULER = "interfax_site.beating:Scheduler"
SWEEP_SECONDS = 2.0
# A clock that is set back while beat reckons makes it sleep for as long as it may; it looks again at its next turn.
CELERY_BEAT_MAX_LOOP_INTERVAL = SWEEP_SECONDS
CELERY_BEAT_SCHEDULE = {
    f"sweep-{queue}-{number}": {
        "task": task,
        "schedule": SWEEP_SECONDS,
        "options": {"expires": SWEEP_SECONDS},
    }
    for queue, task, number in [
        ("intake", "faxsend.tasks.look_for_mail", 0),
        ("transmit", "faxsend.tasks.look_for_faxes", 0),
        ("transmit", "faxsend.tasks.recover_calls", 1),
        ("mail", "notifications.tasks.look_for_outgoing", 0),
        ("mail", "certificates.tasks.look_for_requests", 1),
    ]
}
CELERY_BEAT_SCHEDULE["credit"] = {
    "task": "faxsend.tasks.look_for_credit",
    "schedule": 10.0,
    "options": {"expires": 10.0},
}
CELERY_BEAT_SCHEDULE["deadlines"] = {
    "task": "faxsend.tasks.keep_deadlines",
    "schedule": 60.0,
    "options": {"expires": 60.0},
}
CELERY_TIMEZONE = TIME_ZONE
CELERY_BEAT_SCHEDULE["retention"] = {
    "task": "faxsend.tasks.remove_what_is_due",
    "schedule": crontab(hour=3, minute=30),
    "options": {"expires": 3600.0},
}
CELERY_BEAT_SCHEDULE["revocation-lists"] = {
    "task": "certificates.tasks.fetch_revocation_lists",
    "schedule": 60.0,
    "options": {"expires": 60.0},
}

# Who may read /metrics: these networks when they ask directly, or whoever shows the token
METRICS_NETWORKS = env.list("METRICS_NETWORKS", default=["127.0.0.0/8", "::1/128"])
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")

# Logs: one line per room passed; never a body, a full number, a password or a key
LOG_LEVEL = env.str("LOG_LEVEL", default="INFO").upper()
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "interfax_site.logs.LineFormatter"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    "loggers": {"django.request": {"level": "ERROR"}, "celery": {"level": "WARNING"}},
}
logs.configure(LOG_LEVEL)
