"""Mail programs made in Japan, and those for offices."""

from __future__ import annotations

from tests.mails.client import Program, named_both_ways, named_by_words, named_in_raw_bytes

BECKY = Program(
    "Becky!",
    """
Date: Mon, 25 Nov 2024 09:30:00 +0900
From: {sender}
To: {to}
Subject: {subject}
Message-Id: <20241125093000.1A2B.5C3D7E9F@sakura.example.jp>
MIME-Version: 1.0
X-Mailer: Becky! ver. 2.81.08 [ja]
""",
    "ISO-2022-JP",
    "7bit",
    named_by_words,
    "------_6743C2A800000000A1B2_MULTIPART_MIXED_",
    quotes_charset=True,
)

AL_MAIL = Program(
    "AL-Mail32",
    """
Message-Id: <200411250030.AA00123@pc03.sakura.example.jp>
From: {sender}
Date: Thu, 25 Nov 2004 09:30:00 +0900
To: {to}
Subject: {subject}
MIME-Version: 1.0
X-Mailer: AL-Mail32 Version 1.13
""",
    "iso-2022-jp",
    "",
    named_in_raw_bytes,
    "--------41A525D8",
    person="",
)

SHURIKEN = Program(
    "Shuriken",
    """
Message-ID: <6743C2A8.0123.00F1.taro@sakura.example.jp>
MIME-Version: 1.0
X-Mailer: JsvMail 10.0 (Shuriken 2018)
X-Priority: 3
From: {sender}
To: <{to}>
Subject: {subject}
Date: Mon, 25 Nov 2024 09:30:00 +0900
""",
    "iso-2022-jp",
    "7bit",
    named_by_words,
    "=====_Boundary_SHURIKEN_6743C2A8_=====",
    quotes_charset=True,
)

EDMAX = Program(
    "EdMax",
    """
From: {sender}
To: {to}
Date: Mon, 25 Nov 2013 09:30:00 +0900
Subject: {subject}
X-Mailer: EdMax Ver2.86.1F
MIME-Version: 1.0
Message-Id: <20131125093000.EDMAX@sakura.example.jp>
""",
    "ISO-2022-JP",
    "7bit",
    named_by_words,
    "----_EdMax_5292_MULTIPART_",
)

EUDORA = Program(
    "Eudora-J",
    """
Message-Id: <4.3.2-J.20041125093000.00b1c2d0@mail.sakura.example.jp>
X-Sender: taro@mail.sakura.example.jp
X-Mailer: QUALCOMM Windows Eudora Version 4.3.2-J
Date: Thu, 25 Nov 2004 09:30:00 +0900
To: {to}
From: {sender}
Subject: {subject}
Mime-Version: 1.0
""",
    "iso-2022-jp",
    "7bit",
    named_in_raw_bytes,
    "=====================_1234567==_",
    more="; format=flowed",
)

LOTUS_NOTES = Program(
    "Lotus Notes",
    """
To: {to}
MIME-Version: 1.0
Subject: {subject}
X-KeepSent: 0A1B2C3D:4E5F6071-49257BDE:0002D9A1; type=4; name=$KeepSent
X-Mailer: Lotus Notes Release 8.5.3 September 15, 2011
Message-ID: <OF0A1B2C3D.4E5F6071-ON49257BDE.0002D9A1-49257BDE.0002D9B2@sakura.example.jp>
From: {sender}
Date: Mon, 25 Nov 2013 09:30:00 +0900
X-MIMETrack: Serialize by Router on MAIL01/SAKURA(Release 8.5.3|September 15, 2011) at
 2013/11/25 09:30:01, Serialize complete at 2013/11/25 09:30:01
""",
    "ISO-2022-JP",
    "base64",
    named_by_words,
    "0__=8FBBF1A2B3C4D5E68f9e8a93df938690918c",
    encoding="B",
    whole_subject=True,
)

CYBOZU = Program(
    "Cybozu",
    """
Message-ID: <1732494600.6743c2a8@mail.sakura.example.jp>
From: {sender}
To: {to}
Subject: {subject}
Date: Mon, 25 Nov 2024 09:30:00 +0900
MIME-Version: 1.0
X-Mailer: Cybozu Office 10
""",
    "utf-8",
    "base64",
    named_both_ways,
    "cyb_1732494600_boundary",
)
