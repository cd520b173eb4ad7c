"""Answers whose text capture_requests.py lets python-requests decode: Content-Type, body, and how it is encoded."""

import base64
import gzip
import zlib


def row(name, content_type, body, *coding):
    fields = [] if content_type is None else [["Content-Type", content_type]]
    fields += [["Content-Encoding", value] for value in coding]
    return {"name": name, "fields": fields, "body": base64.b64encode(body).decode("ascii")}


UMLAUTS = "Grüße, Jürgen ß"
RUSSIAN = "Привет, мир"
JAPANESE = "こんにちは世界"


def raw_deflate(data):
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


ROWS = [
    row(f"charset_{charset}", f"text/plain; charset={charset}", text.encode(charset))
    for charset, text in [
        ("utf-8", UMLAUTS), ("UTF-8", UMLAUTS), ("utf8", UMLAUTS), ("iso-8859-1", UMLAUTS), ("latin1", UMLAUTS), ("iso-8859-15", "5 €"), ("windows-1252", "5 € “x”"),
        ("cp1252", "5 €"), ("windows-1251", RUSSIAN), ("koi8-r", RUSSIAN), ("iso-8859-5", RUSSIAN), ("shift_jis", JAPANESE), ("euc-jp", JAPANESE), ("iso-2022-jp", JAPANESE),
        ("gbk", "你好"), ("gb2312", "你好"), ("gb18030", "你好"), ("big5", "你好"), ("euc-kr", "안녕"), ("utf-16", UMLAUTS), ("utf-16le", UMLAUTS), ("utf-16be", UMLAUTS),
        ("utf-32", UMLAUTS), ("ascii", "plain"), ("us-ascii", "plain"),
    ]
] + [
    row("quoted_charset", 'text/html; charset="utf-8"', UMLAUTS.encode()), row("single_quoted", "text/html; charset='utf-8'", UMLAUTS.encode()),
    row("spaces", "text/html ;  Charset = utf-8", UMLAUTS.encode()), row("second_parameter", "text/html; q=1; charset=utf-8; x=y", UMLAUTS.encode()),
    row("unknown_charset", "text/html; charset=nonsense", UMLAUTS.encode()), row("text_without", "text/plain", UMLAUTS.encode("latin-1")), row("text_utf8_without", "text/html", UMLAUTS.encode()),
    row("json", "application/json", UMLAUTS.encode()), row("json_bad_utf8", "application/json", b'{"a": "\xff\xfe"}'), row("json_charset", "application/json; charset=latin-1", UMLAUTS.encode("latin-1")),
    row("text_in_parameter", "application/x; a=text", UMLAUTS.encode()), row("guess_utf8", "application/octet-stream", (UMLAUTS * 5).encode()), row("guess_ascii", None, b"plain text"),
    row("guess_russian_utf8", None, (RUSSIAN * 5).encode()), row("bad_utf8", "text/plain; charset=utf-8", b"a\xffb\xe4\xbdc"), row("bad_ascii", "text/plain; charset=ascii", b"a\xe4b"),
    row("cut_utf16", "text/plain; charset=utf-16le", b"a\x00b"), row("bad_shift_jis", "text/plain; charset=shift_jis", b"a\xff\x82b"),
    row("strip", "text/plain; charset=utf-8", " \t\r\n\x0b\x0c\x1c\u0085\u00a0\u2003\u3000x y\u3000\n".encode()), row("strip_all", "text/plain", b" \r\n "), row("empty", "text/plain", b""),
    row("zero_width_stays", "text/plain; charset=utf-8", "\u200bx\ufeff".encode()), row("bom", "text/plain; charset=utf-8", b"\xef\xbb\xbfx"), row("nul", "text/plain", b"a\x00b"),
    row("gzip", "text/plain; charset=utf-8", gzip.compress(UMLAUTS.encode(), mtime=0), "gzip"), row("gzip_upper", "text/plain; charset=utf-8", gzip.compress(UMLAUTS.encode(), mtime=0), "GZIP"),
    row("deflate", "text/plain; charset=utf-8", zlib.compress(UMLAUTS.encode()), "deflate"), row("raw_deflate", "text/plain; charset=utf-8", raw_deflate(UMLAUTS.encode()), "deflate"),
    row("identity", "text/plain", b"x", "identity"), row("unknown_coding", "text/plain", b"x", "zip"), row("gzip_members", "text/plain", gzip.compress(b"a", mtime=0) + gzip.compress(b"b", mtime=0), "gzip"),
    row("deflate_gzip", "text/plain", gzip.compress(zlib.compress(b"both"), mtime=0), "deflate, gzip"), row("line_ends", "text/plain", b"a\r\nb\rc\nd"),
    row("upper_text", "TEXT/PLAIN", b"plain"), row("xml", "application/xml; charset=iso-8859-1", UMLAUTS.encode("latin-1")), row("svg", "image/svg+xml", b"<svg/>"),
]
