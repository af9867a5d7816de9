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
MAX_RSA_EXPONENT_BITS = 32
"""A public exponent as long as the modulus makes every verification dear; all real ones are 65537 or smaller."""
MAX_CERTIFICATE_BYTES = 64 * 1024
MAX_ADDRESSES = 100
"""Mail addresses of one certificate."""
MAX_ADDRESS = 320
"""Characters (RFC 3696, erratum 1690)."""
MAX_CHAIN = 5
"""CA certificates between a signer and a root; public authorities have one or two."""
MAX_OF_ONE_NAME = 2
"""CA certificates of one name in a mail: each is tried at each step of each chain."""
MAX_WORK_BYTES = 120 * 1024 * 1024
"""Decoded and digested, over all layers; a signed and encrypted mail of the greatest size takes 90 MB."""
CURVES = ("secp256r1", "secp384r1", "secp521r1")
