"""Programs that write mail by themselves: web sites, batches, machines."""

from __future__ import annotations

from tests.mails.client import (
    Program,
    named_both_ways,
    named_by_rfc_2231,
    named_by_words,
    named_in_raw_bytes,
)

PHP = Program(
    "PHP mb_send_mail",
    """
To: {to}
Subject: {subject}
X-PHP-Originating-Script: 48:order.php
From: {sender}
Mime-Version: 1.0
Date: Mon, 25 Nov 2024 09:30:00 +0900
Message-Id: <20241125003000.4AB1C2D3E4@www.sakura.example.jp>
""",
    "ISO-2022-JP",
    "7bit",
    named_by_words,
    "__BOUNDARY__d41d8cd98f00b204e9800998ecf8427e",
)

PHPMAILER = Program(
    "PHPMailer",
    """
Date: Mon, 25 Nov 2024 09:30:00 +0900
To: {to}
From: {sender}
Subject: {subject}
Message-ID: <b7H0Xx1yZ2wVu3tSr4QpOn5mLk6Ji7Hg8FeD9cBa0@www.sakura.example.jp>
X-Mailer: PHPMailer 6.9.1 (https://github.com/PHPMailer/PHPMailer)
MIME-Version: 1.0
""",
    "UTF-8",
    "base64",
    named_by_words,
    "b1=_b7H0Xx1yZ2wVu3tSr4QpOn5mLk6Ji7Hg8FeD9cBa0",
    whole_subject=True,
)

JAVA_MAIL = Program(
    "Java mail",
    """
Date: Mon, 25 Nov 2024 09:30:00 +0900 (JST)
From: {sender}
To: {to}
Message-ID: <1413492801.5.1732494600123@batch01>
Subject: {subject}
MIME-Version: 1.0
""",
    "ISO-2022-JP",
    "7bit",
    named_by_rfc_2231,
    "----=_Part_4_1159114532.1732494600101",
)

DOT_NET = Program(
    ".NET SmtpClient",
    """
MIME-Version: 1.0
From: {sender}
To: {to}
Date: 25 Nov 2024 09:30:00 +0900
Subject: {subject}
""",
    "utf-8",
    "base64",
    named_by_words,
    "--boundary_0_6f1c2d3e-4a5b-4c6d-8e7f-901a2b3c4d5e",
    whole_subject=True,
)

CDO = Program(
    "CDO of a VBA macro",
    """
thread-index: Ads+0Zv1X1x2wS1hQnO6eC3m0uFqLw==
Thread-Topic: {subject}
From: {sender}
To: <{to}>
Subject: {subject}
Date: Mon, 25 Nov 2024 09:30:00 +0900
Message-ID: <A1B2C3D4E5F64718A9B0C1D2E3F40516@PC04>
MIME-Version: 1.0
X-Mailer: Microsoft CDO for Windows 2000
Content-Class: urn:content-classes:message
Importance: normal
""",
    "iso-2022-jp",
    "7bit",
    named_by_words,
    "----=_NextPart_000_0000_01DB3F1D.0BDD8F50",
    quotes_charset=True,
)

SAP = Program(
    "SAP NetWeaver",
    """
Date: Mon, 25 Nov 2024 00:30:00 +0000
From: {sender}
To: <{to}>
Message-ID: <0050568A1B2C1EEFAAB3C4D5E6F70819@sakura.example.jp>
Subject: {subject}
MIME-Version: 1.0
X-Mailer: SAP NetWeaver 7.50
""",
    "utf-8",
    "quoted-printable",
    named_by_words,
    "=_0050568A1B2C1EEFAAB3D1E2F3A4081A",
    person="",
)

ORACLE_UTL_SMTP = Program(
    "Oracle UTL_SMTP",
    """
From: {sender}
To: {to}
Subject: {subject}
MIME-Version: 1.0
""",
    "Shift_JIS",
    "8bit",
    named_in_raw_bytes,
    "7D81B75CCC90D2974F7A1CBD",
    person="",
)

PERL = Program(
    "Perl MIME::Lite",
    """
MIME-Version: 1.0
X-Mailer: MIME::Lite 3.033 (F2.85; T2.17; A2.21; B3.15; Q3.13)
Date: Mon, 25 Nov 2024 00:30:00 UT
From: {sender}
To: {to}
Subject: {subject}
""",
    "ISO-2022-JP",
    "7bit",
    named_by_words,
    "_----------=_173249460012340",
)

RUBY = Program(
    "Ruby on Rails",
    """
Date: Mon, 25 Nov 2024 09:30:00 +0900
From: {sender}
To: {to}
Message-ID: <6743c2a8_1a2b3c4d5e6f@app01.mail>
Subject: {subject}
Mime-Version: 1.0
X-Mailer: Rails
""",
    "UTF-8",
    "base64",
    named_both_ways,
    "--==_mimepart_6743c2a8_1a2b3c4d5e6f",
    encoding="Q",
)

PYTHON = Program(
    "Python",
    """
From: {sender}
To: {to}
Subject: {subject}
Date: Mon, 25 Nov 2024 09:30:00 +0900
Message-ID: <173249460012.12345.1234567890123456789@app02>
MIME-Version: 1.0
""",
    "utf-8",
    "base64",
    named_by_rfc_2231,
    "===============1234567890123456789==",
)

SCANNER = Program(
    "multifunction machine",
    """
Date: Mon, 25 Nov 2024 09:30:00 +0900
From: {sender}
To: {to}
Subject: {subject}
Message-ID: <20241125093000.MP-C3004.0026734A1B2C@192.168.1.50>
MIME-Version: 1.0
X-Mailer: MP C3004 Scanner
""",
    "ISO-2022-JP",
    "7bit",
    named_by_words,
    "Boundary_of_MP_C3004_0026734A1B2C",
    person="",
)
