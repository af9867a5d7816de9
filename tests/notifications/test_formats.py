from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser

import pytest
from django.utils import timezone, translation

from notifications.formats import DEFAULT_FORMAT, FORMATS, Composed, choices
from notifications.formats.html import BAD, GOOD, MIXED, Tone, tone_of
from notifications.models import NotificationPreference
from notifications.reports import MOST_NAMED, SubmissionReport
from tests.notifications.factories import REMEDY, fax_line, report

SENT = report()
FAILED = report(fax_line(sent=False))
LIST = report(
    fax_line("03-3333-4444", sent=False, transaction_id=2, contact_name="鈴木 一郎"),
    fax_line(transaction_id=1),
    fax_line("+1 212-555-0100", transaction_id=3),
)


def html_ja(finished: SubmissionReport) -> Composed:
    return FORMATS["html-ja"].compose(finished)


class Reader(HTMLParser):
    """The words a reader sees, the tags that are open at the end, every attribute."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.open: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += attrs
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words += data.split()

    @property
    def text(self) -> str:
        return " ".join(self.words)


def test_the_default_format_is_offered_and_is_the_models_default() -> None:
    assert DEFAULT_FORMAT in FORMATS
    assert NotificationPreference().format == DEFAULT_FORMAT


@pytest.mark.parametrize(
    ("finished", "subject"),
    [
        (SENT, "FAX送信が成功しました -> 03-1111-2222"),
        (FAILED, "FAX送信が失敗しました -> 03-1111-2222"),
        (LIST, "リスト送信が完了しました -> 成功2件 失敗1件"),
    ],
)
def test_the_subject_says_how_it_ended(finished: SubmissionReport, subject: str) -> None:
    assert html_ja(finished).subject == subject


def test_a_failure_has_the_line_with_code_and_sentence() -> None:
    composed = html_ja(FAILED)
    assert "送信結果: 3912-FAX番号が使用不可です\n" in composed.text
    assert "送信結果: 3912-FAX番号が使用不可です" in Reader(composed.html).text


@pytest.mark.parametrize(
    "fact",
    [
        "件名: 御見積書 No.2024-118",
        "宛先FAX番号: 03-1111-2222",
        "送信結果: OK",
        "ページ数: 2ページ",
        "送信時間: 1分12秒",
        "相手先ID: +81 3 1111 2222",
        "受付日時: 2024/11/25 09:30:12 (JST)",
        "完了日時: 2024/11/25 09:33:12 (JST)",
        "トランザクションID: 1024",
        "http://localhost:8000/history/sent/Zk3vQ9/",
    ],
)
def test_text_and_html_tell_every_fact(fact: str) -> None:
    composed = html_ja(SENT)
    assert fact in composed.text
    assert fact in Reader(composed.html).text


def test_times_are_those_of_the_accounts_zone_whatever_zone_is_active() -> None:
    with timezone.override("America/New_York"):
        assert "受付日時: 2024/11/25 09:30:12 (JST)" in html_ja(SENT).text


def test_what_is_not_known_has_no_line() -> None:
    assert "相手先ID" not in html_ja(FAILED).text


def test_a_mail_without_a_subject_says_so() -> None:
    assert "件名: (件名なし)\n" in html_ja(replace(SENT, subject="")).text


def test_a_partly_sent_fax_tells_how_far_it_came() -> None:
    assert "ページ数: 2ページ中 1ページを送信" in html_ja(report(fax_line(sent=False, pages_sent=1))).text


def test_every_format_is_offered_under_the_guides_label() -> None:
    with translation.override("ja"):
        assert [(key, str(label)) for key, label in choices()] == [
            ("html-ja", "HTML−日本語"),
            ("text-ja", "テキスト−日本語(ISO-2022-JP)"),
        ]


@pytest.mark.parametrize("key", ["html-ja", "text-ja"])
def test_a_list_tells_of_every_fax_number_contact_and_result(key: str) -> None:
    composed = FORMATS[key].compose(LIST)
    assert (
        "03-3333-4444     鈴木 一郎  3912-FAX番号が使用不可です  11/25 09:33\n"
        "03-1111-2222     OK  2ページ  11/25 09:33\n"
        "+1 212-555-0100  OK  2ページ  11/25 09:33\n"
    ) in composed.text


def test_the_table_of_a_list_has_contact_and_id_beside_number_and_result() -> None:
    text = Reader(html_ja(LIST).html).text
    assert "03-3333-4444 鈴木 一郎 3912-FAX番号が使用不可です 11/25 09:33 2" in text


def test_a_single_fax_names_its_contact() -> None:
    assert "担当者: 鈴木 一郎\n" in html_ja(report(fax_line(contact_name="鈴木 一郎"))).text
    assert "担当者" not in html_ja(SENT).text


def test_a_fax_of_a_list_that_was_partly_sent_tells_how_far_it_came() -> None:
    partly = report(fax_line(sent=False, pages_sent=1), fax_line())
    assert "  1/2ページ  " in html_ja(partly).text


@pytest.mark.parametrize(
    ("finished", "words"),
    [
        (report(fax_line(), fax_line()), "2件すべての送信に成功しました。"),
        (report(fax_line(sent=False), fax_line()), "1件は送信できませんでした。"),
        (report(*[fax_line(sent=False)] * 2), "2件すべて、送信できませんでした。"),
    ],
)
def test_a_lists_headline_tells_the_outcome(finished: SubmissionReport, words: str) -> None:
    assert words in Reader(html_ja(finished).html).text


def test_a_list_gives_totals() -> None:
    text = html_ja(LIST).text
    assert "宛先数: 3件\n送信結果: 成功 2件 / 失敗 1件\n" in text
    assert "送信時間: 合計 2分33秒" in text


def test_a_list_spans_from_the_first_arrival_to_the_last_end() -> None:
    late = fax_line()
    late = replace(late, completed_at=late.completed_at + timedelta(hours=1))
    assert "完了日時: 2024/11/25 10:33:12 (JST)" in html_ja(report(late, fax_line())).text


def test_the_hours_of_a_huge_list_are_hours() -> None:
    assert "送信時間: 合計 388時間53分" in html_ja(replace(LIST, duration=timedelta(seconds=1_399_980))).text


@pytest.mark.parametrize("key", ["html-ja", "text-ja"])
def test_a_huge_list_makes_a_small_mail_that_says_how_many_are_missing_and_where(key: str) -> None:
    composed = FORMATS[key].compose(replace(report(*[fax_line()] * MOST_NAMED), sent=20_000))
    assert "ほか19900件の結果は、下記の送信履歴でご確認ください。" in composed.text
    assert len(composed.text) < 60 * MOST_NAMED
    assert len(composed.html) < 1_000 * MOST_NAMED
    if composed.html:
        assert "ほか19900件の結果は、送信履歴でご確認ください。" in composed.html


@pytest.mark.parametrize("finished", [SENT, FAILED, LIST])
def test_the_html_is_well_formed_and_loads_nothing(finished: SubmissionReport) -> None:
    reader = Reader(html_ja(finished).html)
    assert reader.open == []
    names = {name for name, _ in reader.attributes}
    assert not names & {"src", "background", "srcset", "class"}
    assert "url(" not in html_ja(finished).html


def contrast(first: str, second: str) -> float:
    """WCAG 2, contrast ratio of two ``#rrggbb``."""

    def luminance(colour: str) -> float:
        channels = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        return sum(weight * value for weight, value in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

    dark, light = sorted((luminance(first), luminance(second)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("tone", [GOOD, MIXED, BAD])
def test_headlines_can_be_read_by_everybody(tone: Tone) -> None:
    assert contrast(tone.strong, tone.pale) >= 4.5


@pytest.mark.parametrize(
    ("finished", "tone"),
    [(SENT, GOOD), (FAILED, BAD), (LIST, MIXED), (report(*[fax_line(sent=False)] * 2), BAD)],
)
def test_the_colour_tells_the_outcome(finished: SubmissionReport, tone: Tone) -> None:
    assert tone_of(finished) == tone
    assert tone.pale in html_ja(finished).html


def test_a_hostile_subject_is_text_on_one_line() -> None:
    hostile = "<script>alert(1)</script>\r\nBcc: x\x00\x1b[31m\u202e"
    composed = html_ja(replace(SENT, subject=hostile))
    assert "<script>" not in composed.html
    assert "件名: <script>alert(1)</script> Bcc: x??[31m?\n" in composed.text


def test_where_to_send_again_comes_with_failures_only() -> None:
    assert "再送信" in html_ja(FAILED).text
    assert "再送信" not in html_ja(SENT).text


@pytest.mark.parametrize("key", ["html-ja", "text-ja"])
def test_a_failure_says_below_its_result_what_can_be_done(key: str) -> None:
    composed = FORMATS[key].compose(FAILED)
    assert f"送信結果: 3912-FAX番号が使用不可です\n対処方法: {REMEDY}\n" in composed.text
    if composed.html:
        assert f"対処方法: {REMEDY}" in Reader(composed.html).text


@pytest.mark.parametrize("key", ["html-ja", "text-ja"])
def test_a_list_says_for_each_cause_once_what_can_be_done(key: str) -> None:
    busy = fax_line(sent=False, result_code=6017, result_text="Busy", remedy="あとで再送信してください。")
    faxes = [fax_line(sent=False, result_code=code) for code in (3912, 3932)]
    composed = FORMATS[key].compose(report(*faxes, busy, fax_line()))
    assert f"■ 対処方法\nFAX番号が使用不可です: {REMEDY}\n話中: あとで再送信してください。\n" in composed.text
    if composed.html:
        text = Reader(composed.html).text
        assert text.count("対処方法") == text.count(REMEDY) == 1


def test_success_needs_no_remedy() -> None:
    assert "対処方法" not in html_ja(report(fax_line(), fax_line())).text
    assert "対処方法" not in html_ja(SENT).text
