"""HTML bodies as mail programs write them: their own markup around the lines that a person types."""

from __future__ import annotations

from collections.abc import Callable, Sequence

WORD_HEAD = """<html xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office"
 xmlns:w="urn:schemas-microsoft-com:office:word" xmlns="http://www.w3.org/TR/REC-html40"><head>
<meta http-equiv=Content-Type content="text/html; charset=iso-2022-jp"><meta name=Generator content="Microsoft Word 15">
<!--[if !mso]><style>v\\:* {behavior:url(#default#VML);}</style><![endif]--><style><!--
/* Font Definitions */
@font-face {font-family:"MS ゴシック"; panose-1:2 11 6 9 7 2 5 8 2 4;}
@font-face {font-family:游ゴシック; panose-1:2 11 4 0 0 0 0 0 0 0;}
/* Style Definitions */
p.MsoNormal, li.MsoNormal, div.MsoNormal {margin:0mm; text-align:justify; text-justify:inter-ideograph;
 font-size:10.5pt; font-family:游ゴシック;}
a:link, span.MsoHyperlink {color:#0563C1; text-decoration:underline;}
@page WordSection1 {size:612.0pt 792.0pt; margin:99.25pt 30.0mm 30.0mm 30.0mm;}
div.WordSection1 {page:WordSection1;}
--></style><!--[if gte mso 9]><xml><o:shapedefaults v:ext="edit" spidmax="1026" /></xml><![endif]--></head>
<body lang=JA link="#0563C1" vlink="#954F72" style='word-wrap:break-word;text-justify-trim:punctuation'>
<div class=WordSection1>"""


def outlook(lines: Sequence[str]) -> str:
    def paragraph(line: str) -> str:
        return f"<p class=MsoNormal><span lang=EN-US style='font-family:\"MS ゴシック\"'>{line or '&nbsp;'}<o:p></o:p></span></p>"

    return WORD_HEAD + "\n".join(map(paragraph, lines)) + "</div></body></html>"


def gmail(lines: Sequence[str]) -> str:
    first, *others = lines
    return f'<div dir="ltr">{first}' + "".join(f"<div>{line or '<br>'}</div>" for line in others) + "</div>\n"


def apple(lines: Sequence[str]) -> str:
    head = '<html><head><meta http-equiv="Content-Type" content="text/html; charset=utf-8"></head>'
    style = "word-wrap: break-word; -webkit-nbsp-mode: space; line-break: after-white-space;"
    first, *others = lines
    return (
        f'{head}<body style="{style}" class="">{first}'
        + "".join(
            f'<div class="">{line or "<br class=#>".replace("#", chr(34) * 2)}</div>' for line in others
        )
        + "</body></html>"
    )


def thunderbird(lines: Sequence[str]) -> str:
    head = '<!DOCTYPE html>\n<html>\n  <head>\n\n    <meta http-equiv="content-type" content="text/html; charset=UTF-8">\n  </head>'
    return f"{head}\n  <body>\n    <p>" + "<br>\n      ".join(lines) + "<br>\n    </p>\n  </body>\n</html>\n"


def becky(lines: Sequence[str]) -> str:
    doctype = '<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01 Transitional//EN">\r\n'
    head = f"{doctype}<HTML><HEAD>\r\n<STYLE type=text/css>BODY {{ FONT-SIZE: 10pt }}</STYLE>\r\n</HEAD>\r\n"
    return (
        head
        + "<BODY>\r\n<DIV>"
        + "</DIV>\r\n<DIV>".join(line or "&nbsp;" for line in lines)
        + "</DIV></BODY></HTML>\r\n"
    )


def newsletter(lines: Sequence[str]) -> str:
    """A mail-sending system: tables in tables, and a first line that only the list of mails shows."""
    preview = (
        '<div style="display:none;max-height:0;overflow:hidden;">今月のお知らせ&nbsp;&zwnj;&nbsp;&zwnj;</div>'
    )
    cells = "".join(f'<tr><td style="padding:0 24px">{line or "&nbsp;"}</td></tr>' for line in lines)
    return (
        f'<html><body bgcolor="#eeeeee">{preview}<table width="100%"><tr><td align="center">'
        f'<table width="600" bgcolor="#ffffff"><tbody>{cells}</tbody></table></td></tr></table></body></html>'
    )


PROGRAMS: dict[str, Callable[[Sequence[str]], str]] = {
    program.__name__: program for program in (outlook, gmail, apple, thunderbird, becky, newsletter)
}
