"""How big, deep and many: enforced before anything is parsed or any key is used."""

MAX_MAIL_BYTES = 40 * 1024 * 1024
MAX_ELEMENTS = 20_000
MAX_SEGMENTS = 60_000
MAX_DEPTH = 32
MAX_OID_BYTES = 64
MAX_LAYERS = 6
MAX_RECIPIENTS = 200
MAX_SIGNERS = 4
MAX_CERTIFICATES = 20
MIN_RSA_BITS = 2048
MAX_RSA_BITS = 8192
CURVES = ("secp256r1", "secp384r1", "secp521r1")
