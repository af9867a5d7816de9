"""The mail programs that customers have."""

from __future__ import annotations

from tests.mails.client import (
    Program,
    named_both_ways,
    named_by_words,
)

OUTLOOK_365 = Program(
    "Outlook for Microsoft 365",
    """
Received: from TYCP286MB1234.JPNP286.PROD.OUTLOOK.COM ([fe80::1]) by
 TYCP286MB1234.JPNP286.PROD.OUTLOOK.COM ([fe80::1%4]) with mapi id
 15.20.8182.019; Mon, 25 Nov 2024 00:30:00 +0000
From: {sender}
To: "{to}" <{to}>
Subject: {subject}
Thread-Topic: {subject}
Thread-Index: Ads+0Zv1X1x2wS1hQnO6eC3m0uFqLw==
Date: Mon, 25 Nov 2024 00:30:00 +0000
Message-ID:
 <TYCP286MB12345C3D1B8E1B0D2D5A4C92F42E2@TYCP286MB1234.JPNP286.PROD.OUTLOOK.COM>
Accept-Language: ja-JP, en-US
Content-Language: ja-JP
X-MS-Has-Attach: yes
X-MS-TNEF-Correlator:
msip_labels:
x-ms-publictraffictype: Email
MIME-Version: 1.0
""",
    "iso-2022-jp",
    "base64",
    named_by_words,
    "_002_TYCP286MB12345C3D1B8E1B0D2D5A4C92F42E2TYCP286MB1234JPNP_",
    whole_subject=True,
    quotes_charset=True,
)

OUTLOOK_2016 = Program(
    "Outlook 2016",
    """
From: {sender}
To: <{to}>
Subject: {subject}
Date: Mon, 25 Nov 2024 09:30:00 +0900
Message-ID: <000001db3ed1$9bf55f50$d3e01df0$@sakura.example.jp>
MIME-Version: 1.0
X-Mailer: Microsoft Outlook 16.0
Thread-Index: Ads+0Zv1X1x2wS1hQnO6eC3m0uFqLw==
Content-Language: ja
""",
    "iso-2022-jp",
    "7bit",
    named_by_words,
    "----=_NextPart_000_0001_01DB3F1D.0BDD8F50",
    whole_subject=True,
    quotes_charset=True,
)

OUTLOOK_EXPRESS = Program(
    "Outlook Express 6",
    """
Message-ID: <000501c4d2a1$7e3f1a20$0a01a8c0@PC01>
From: {sender}
To: <{to}>
Subject: {subject}
Date: Thu, 25 Nov 2004 09:30:00 +0900
MIME-Version: 1.0
X-Priority: 3
X-MSMail-Priority: Normal
X-Mailer: Microsoft Outlook Express 6.00.2900.2180
X-MimeOLE: Produced By Microsoft MimeOLE V6.00.2900.2180
""",
    "iso-2022-jp",
    "7bit",
    named_by_words,
    "----=_NextPart_000_0006_01C4D2ED.0A4B5C80",
    person="山田",
    quotes_charset=True,
)

WINDOWS_LIVE_MAIL = Program(
    "Windows Live Mail",
    """
Message-ID: <7F2E0D3A5B6C4E0FA1B2C3D4E5F60718@PC02>
From: {sender}
To: <{to}>
Subject: {subject}
Date: Tue, 25 Nov 2014 09:30:00 +0900
MIME-Version: 1.0
X-Priority: 3
Importance: Normal
X-Mailer: Microsoft Windows Live Mail 16.4.3528.331
X-MimeOLE: Produced By Microsoft MimeOLE V16.4.3528.331
""",
    "utf-8",
    "base64",
    named_by_words,
    "----=_NextPart_000_0009_01D008A1.3C2B1A00",
    quotes_charset=True,
)

THUNDERBIRD = Program(
    "Thunderbird",
    """
Message-ID: <0d6c1f0e-5a43-4a5e-9a36-7c3f6d8f2b11@sakura.example.jp>
Date: Mon, 25 Nov 2024 09:30:00 +0900
MIME-Version: 1.0
User-Agent: Mozilla Thunderbird
Content-Language: ja
To: {to}
From: {sender}
Subject: {subject}
""",
    "UTF-8",
    "8bit",
    named_both_ways,
    "------------0hJ3vXkQz8sB1mT5pYc7wRdE",
    more="; format=flowed",
)

THUNDERBIRD_2 = Program(
    "Thunderbird 2",
    """
Message-ID: <47456D58.2040103@sakura.example.jp>
Date: Sun, 25 Nov 2007 09:30:00 +0900
From: {sender}
User-Agent: Thunderbird 2.0.0.9 (Windows/20071031)
MIME-Version: 1.0
To: {to}
Subject: {subject}
X-Enigmail-Version: 0.95.5
""",
    "ISO-2022-JP",
    "7bit",
    named_both_ways,
    "------------010603090405080700050107",
)

APPLE_MAIL = Program(
    "Apple Mail",
    """
From: {sender}
Mime-Version: 1.0 (Mac OS X Mail 16.0 \\(3826.200.121\\))
Subject: {subject}
Message-Id: <5E0A9C1B-7D3F-4B62-8E1A-9F0C2D4B6A88@sakura.example.jp>
Date: Mon, 25 Nov 2024 09:30:00 +0900
To: {to}
X-Mailer: Apple Mail (2.3826.200.121)
""",
    "utf-8",
    "quoted-printable",
    named_both_ways,
    "Apple-Mail=_0E1B6F2C-4A5D-4C8E-9B7A-1D2E3F405162",
)

APPLE_MAIL_2004 = Program(
    "Apple Mail of Mac OS X 10.3",
    """
Mime-Version: 1.0 (Apple Message framework v619)
Message-Id: <3F1C2A40-3E7B-11D9-9A6B-000A95B2C3D4@sakura.example.jp>
To: {to}
From: {sender}
Subject: {subject}
Date: Thu, 25 Nov 2004 09:30:00 +0900
X-Mailer: Apple Mail (2.619)
""",
    "ISO-2022-JP",
    "7bit",
    named_by_words,
    "Apple-Mail-1--713705070",
    more="; format=flowed",
)

IPHONE = Program(
    "iPhone",
    """
Content-Language: ja
From: {sender}
Mime-Version: 1.0 (1.0)
Date: Mon, 25 Nov 2024 09:30:00 +0900
Subject: {subject}
Message-Id: <C0FFEE12-3456-7890-ABCD-EF0123456789@sakura.example.jp>
To: {to}
X-Mailer: iPhone Mail (22B91)
""",
    "utf-8",
    "base64",
    named_both_ways,
    "Apple-Mail-6F5E4D3C-2B1A-4098-8765-4321FEDCBA98",
)

ANDROID_GMAIL = Program(
    "Gmail for Android",
    """
MIME-Version: 1.0
References: <CAF0aBcDeFgHiJkLmNoPqRsTuVwXyZ0123456789@mail.gmail.com>
From: {sender}
Date: Mon, 25 Nov 2024 09:30:00 +0900
X-Gm-Features: AZHOrDk1
Message-ID: <CAF1aBcDeFgHiJkLmNoPqRsTuVwXyZ0123456789@mail.gmail.com>
Subject: {subject}
To: {to}
""",
    "UTF-8",
    "base64",
    named_by_words,
    "0000000000001c2d3e0627b1a2c3",
    quotes_charset=True,
)

GMAIL = Program(
    "Gmail in the browser",
    """
MIME-Version: 1.0
From: {sender}
Date: Mon, 25 Nov 2024 09:30:00 +0900
Message-ID: <CAGxYz0123456789AbCdEfGhIjKlMnOpQrStUvWxYz@mail.gmail.com>
Subject: {subject}
To: {to}
""",
    "UTF-8",
    "base64",
    named_by_words,
    "000000000000a1b2c30627b1a2c3",
    quotes_charset=True,
    whole_subject=True,
)

YAHOO = Program(
    "Yahoo! Mail in the browser",
    """
Date: Mon, 25 Nov 2024 00:30:00 +0000 (UTC)
From: {sender}
To: "{to}" <{to}>
Message-ID: <1234567890.1234567.1732494600000@mail.yahoo.com>
Subject: {subject}
MIME-Version: 1.0
References: <1234567890.1234567.1732494600000.ref@mail.yahoo.com>
X-Mailer: WebService/1.1.22941 YMailNorrin
""",
    "UTF-8",
    "quoted-printable",
    named_by_words,
    "----=_Part_1234567_987654321.1732494600000",
    encoding="Q",
)
