# SPDX-License-Identifier: Apache-2.0
"""Everything that a text can come wrapped in: encodings, codings, containers and documents, made here by hand or with Python's
own library, so that no reader is tested against its own writer. A wrapping takes lines of text and gives bytes."""

import base64
import bz2
import gzip
import html
import io
import json
import lzma
import os
import sqlite3
import struct
import subprocess
import tarfile
import tempfile
import zipfile
import zlib
from email.message import EmailMessage

from values import luhn

PROSE = ["这是一份会议纪要，记录了本周的工作安排。", "各部门按计划推进，下周继续讨论。", "The committee met on Tuesday and agreed on the plan."]

# As they write in Taiwan and Hong Kong: Big5 has nothing else.
TRADITIONAL = str.maketrans(
    "丽伟乡会划体内军刘区华单压叁号吴国报张录恶断来杨构栋检楼湾码粤纪组织统继续联系肿苏计讨议记论证诊话账贰赔赵车这进邮门阳陆陈险静黄银东广户电强护机时郁开对",
    "麗偉鄉會劃體內軍劉區華單壓參號吳國報張錄惡斷來楊構棟檢樓灣碼粵紀組織統繼續聯繫腫蘇計討議記論證診話賬貳賠趙車這進郵門陽陸陳險靜黃銀東廣戶電強護機時鬱開對")


def plain(lines):
    return "\n".join([PROSE[0]] + lines + PROSE[1:]) + "\n"


def utf8(lines):
    return plain(lines).encode()


def encoded(charset, bom=b""):
    return lambda lines: bom + plain(lines).encode(charset)


# ---- codings ----

def quoted_printable(lines):
    """As mail programs write it: bytes beyond ASCII escaped, lines broken at 60 characters, in the middle of anything."""
    out, width = [], 0
    for byte in utf8(lines):
        piece = chr(byte) if 33 <= byte <= 126 and byte != 61 or byte in (9, 32) else "\n" if byte == 10 else "=%02X" % byte
        if piece != "\n" and width + len(piece) > 60:
            out.append("=\r\n")
            width = 0
        out.append(piece)
        width = 0 if piece == "\n" else width + len(piece)
    return "".join(out).encode()


def wrapped(text, width=76):
    return b"\n".join(text[i:i + width] for i in range(0, len(text), width)) + b"\n"


def json_escaped(lines):
    return "".join("\\u%04x" % ord(c) if c != "\n" else "\\n" for c in plain(lines)).join(['{"text":"', '"}']).encode()


def percent(lines):
    return ("q=" + "".join("%%%02X" % b for b in utf8(lines))).encode()


def entities(lines):
    coded = "".join("&#%d;" % ord(c) if c != "\n" else "<br>" for c in plain(lines))
    return b"<html><body><p>" + coded.encode() + b"</p></body></html>"


# ---- containers ----

def in_zip(name, data, method=zipfile.ZIP_DEFLATED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as z:
        z.writestr(name, data)
    return out.getvalue()


def package(parts, first=None):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
        if first:
            z.writestr(zipfile.ZipInfo(first[0]), first[1])
        for name, data in parts.items():
            z.writestr(name, data)
    return out.getvalue()


def in_tar(data, mode="w"):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as t:
        info = tarfile.TarInfo("folder/text.txt")
        info.size = len(data)
        t.addfile(info, io.BytesIO(data))
    return out.getvalue()


def by_program(suffix, *command):
    def wrap(lines):
        with tempfile.TemporaryDirectory() as folder:
            source, target = os.path.join(folder, "text.txt"), os.path.join(folder, "out" + suffix)
            with open(source, "wb") as f:
                f.write(utf8(lines))
            words = [w.format(source=source, target=target) for w in command]
            subprocess.run(words, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder)
            with open(target, "rb") as f:
                return f.read()
    return wrap


def nested(lines):
    data = utf8(lines)
    for n in range(3):
        data = in_zip("inner%d.zip" % n if n else "text.txt", data)
    return gzip.compress(data)


# ---- office documents ----

TYPES = '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'
W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def split_runs(text, open_tag, close_tag):
    """Runs as an editor leaves them: cut in the middle of words and numbers."""
    return "".join(open_tag + html.escape(text[i:i + 5], quote=False) + close_tag for i in range(0, len(text), 5))


def docx(lines):
    body = "".join("<w:p>" + split_runs(line, '<w:r><w:t xml:space="preserve">', "</w:t></w:r>") + "</w:p>" for line in
                   plain(lines).split("\n"))
    return package({"[Content_Types].xml": TYPES, "word/document.xml": '<?xml version="1.0"?><w:document %s><w:body>%s</w:body>'
                    "</w:document>" % (W, body)})


def column(i):
    return "ABCDEFGHIJ"[i]


def xlsx(lines, shared=True):
    cells, strings = [], []
    for r, line in enumerate(plain(lines).split("\n"), 1):
        if shared:
            strings.append("<si><t>%s</t></si>" % html.escape(line))
            cells.append('<row r="%d"><c r="B%d" t="s"><v>%d</v></c></row>' % (r, r, r - 1))
        else:
            cells.append('<row r="%d"><c r="B%d" t="inlineStr"><is><t>%s</t></is></c></row>' % (r, r, html.escape(line)))
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    rel = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    return package({
        "[Content_Types].xml": TYPES,
        "xl/workbook.xml": '<workbook xmlns="%s" xmlns:r="%s"><sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets>'
                           "</workbook>" % (main, rel),
        "xl/_rels/workbook.xml.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
                                      '<Relationship Id="rId1" Type="%s/worksheet" Target="worksheets/sheet1.xml"/>'
                                      '<Relationship Id="rId2" Type="%s/sharedStrings" Target="sharedStrings.xml"/>'
                                      "</Relationships>" % (rel, rel),
        "xl/sharedStrings.xml": '<sst xmlns="%s">%s</sst>' % (main, "".join(strings)),
        "xl/worksheets/sheet1.xml": '<worksheet xmlns="%s"><sheetData>%s</sheetData></worksheet>' % (main, "".join(cells))})


def pptx(lines):
    body = "".join("<a:p>" + split_runs(line, "<a:r><a:t>", "</a:t></a:r>") + "</a:p>" for line in plain(lines).split("\n"))
    return package({"[Content_Types].xml": TYPES,
                    "ppt/presentation.xml": '<p:presentation xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"/>',
                    "ppt/slides/slide1.xml": '<p:sld xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" '
                    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"><p:txBody>%s</p:txBody></p:sld>' % body})


OFFICE = 'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" ' \
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"'


def odf(kind, body):
    return package({"content.xml": '<?xml version="1.0"?><office:document-content %s><office:body>%s</office:body>'
                    "</office:document-content>" % (OFFICE, body)},
                   first=("mimetype", "application/vnd.oasis.opendocument." + kind))


def odt(lines):
    return odf("text", "<office:text>%s</office:text>" % "".join(
        "<text:p>" + split_runs(line, "<text:span>", "</text:span>") + "</text:p>" for line in plain(lines).split("\n")))


def ods(lines):
    rows = "".join('<table:table-row><table:table-cell/><table:table-cell office:value-type="string"><text:p>%s</text:p>'
                   "</table:table-cell></table:table-row>" % html.escape(line) for line in plain(lines).split("\n"))
    return odf("spreadsheet", '<office:spreadsheet><table:table table:name="S">%s</table:table></office:spreadsheet>' % rows)


def rtf(lines):
    body = "".join("\\u%d?" % (ord(c) - 65536 if ord(c) > 32767 else ord(c)) if ord(c) > 126 else
                   "\\par\n" if c == "\n" else "\\tab " if c == "\t" else "\\" + c if c in "\\{}" else c for c in plain(lines))
    return ("{\\rtf1\\ansi\\ansicpg936{\\fonttbl{\\f0 SimSun;}}\\f0 " + body + "}").encode()


def compound(streams):
    """A compound file of version 3 with every stream in ordinary sectors."""
    sector, table, data, places = 512, [], b"", {}
    for name, content in streams.items():
        content = content.ljust(4096, b"\0")  # as programs do with streams that are short
        size = len(content)
        content += b"\0" * (-len(content) % sector)
        first = len(table)
        count = len(content) // sector
        table += list(range(first + 1, first + count)) + [0xfffffffe]
        data += content
        places[name] = first, size
    names = sorted(streams, key=lambda n: (len(n), n.upper()))
    entries = [("Root Entry", 5, 0xffffffff, 1 if names else 0xffffffff, 0xfffffffe, 0)]
    for i, name in enumerate(names):
        entries.append((name, 2, i + 2 if i + 1 < len(names) else 0xffffffff, 0xffffffff) + places[name])
    directory = b""
    for name, kind, right, child, first, size in entries:
        text = name.encode("utf-16le")
        directory += text.ljust(64, b"\0") + struct.pack("<HBBIII", len(text) + 2, kind, 1, 0xffffffff, right, child) + \
            b"\0" * 16 + b"\0" * 4 + b"\0" * 16 + struct.pack("<IQ", first, size)
    directory += b"\0" * (-len(directory) % sector)
    start = len(table)
    count = len(directory) // sector
    table += list(range(start + 1, start + count)) + [0xfffffffe]
    data += directory
    fats = 1
    while (len(table) + fats) * 4 > fats * sector:
        fats += 1
    at = len(table)
    table += [0xfffffffd] * fats
    table += [0xffffffff] * (fats * sector // 4 - len(table))
    header = bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 16 + struct.pack("<HHHHH", 0x3e, 3, 0xfffe, 9, 6) + b"\0" * 6 + \
        struct.pack("<IIIIIIIII", 0, fats, start, 0, 4096, 0xfffffffe, 0, 0xfffffffe, 0)
    header += b"".join(struct.pack("<I", at + i if i < fats else 0xffffffff) for i in range(109))
    return header + data + struct.pack("<%dI" % len(table), *table)


def doc(lines):
    text = plain(lines).replace("\n", "\r")
    coded = text.encode("utf-16le")
    fib = bytearray(0x600)
    struct.pack_into("<HHHHHH", fib, 0, 0xa5ec, 0xc1, 0, 0x804, 0, 0x1200)
    struct.pack_into("<H", fib, 0x20, 14)
    struct.pack_into("<H", fib, 0x3e, 22)
    struct.pack_into("<I", fib, 0x4c, len(text))
    struct.pack_into("<H", fib, 0x98, 93)
    clx = b"\x02" + struct.pack("<I", 16) + struct.pack("<II", 0, len(text)) + struct.pack("<HIH", 0, len(fib), 0)
    struct.pack_into("<II", fib, 0x1a2, 0, len(clx))
    return compound({"WordDocument": bytes(fib) + coded, "1Table": clx})


def record(kind, data):
    return struct.pack("<HH", kind, len(data)) + data


def xls(lines):
    rows = plain(lines).split("\n")
    strings = b"".join(struct.pack("<HB", len(r), 1) + r.encode("utf-16le") for r in rows)
    head = record(0x809, struct.pack("<HHHHII", 0x600, 5, 0x0dbb, 0x7cc, 0, 6))
    sst = record(0xfc, struct.pack("<II", len(rows), len(rows)) + strings)
    end = record(0x0a, b"")
    place = len(head) + 4 + 4 + 2 + 3 + len(sst) + len(end)
    bound = record(0x85, struct.pack("<IBB", place, 0, 0) + struct.pack("<BB", 1, 0) + b"S")
    sheet = record(0x809, struct.pack("<HHHHII", 0x600, 0x10, 0x0dbb, 0x7cc, 0, 6))
    sheet += b"".join(record(0xfd, struct.pack("<HHHI", i, 1, 0, i)) for i in range(len(rows))) + end
    return compound({"Workbook": head + bound + sst + end + sheet})


def ppt(lines):
    text = plain(lines).replace("\n", "\r").encode("utf-16le")
    atom = struct.pack("<HHI", 0, 0x0fa0, len(text)) + text
    return compound({"PowerPoint Document": struct.pack("<HHI", 0x0f, 0x03e8, len(atom)) + atom, "Current User": b"\0" * 32})


def msg(lines):
    return compound({"__properties_version1.0": b"\0" * 32, "__substg1.0_0037001F": "会议".encode("utf-16le"),
                     "__substg1.0_1000001F": plain(lines).replace("\n", "\r\n").encode("utf-16le")})


def pdf(lines):
    """Text by character codes that a ToUnicode map explains, as office programs write it."""
    text, y = "BT /F1 10 Tf\n", 800
    for line in plain(lines).split("\n"):
        coded = line.replace("\t", " ").encode("utf-16be").hex()
        text += "1 0 0 1 40 %d Tm <%s> Tj\n" % (y, coded)
        y -= 14
    stream = zlib.compress((text + "ET").encode())
    ranges = ["<%02x00> <%02xff> <%02x00>" % (i, i, i) for i in range(256)]
    blocks = "".join("%d beginbfrange\n%s\nendbfrange\n" % (len(ranges[i:i + 100]), "\n".join(ranges[i:i + 100])) for i in (0, 100, 200))
    cmap = ("/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /Adobe-Identity-UCS def /CMapType 2 def\n"
            "1 begincodespacerange <0000> <ffff> endcodespacerange\n" + blocks + "endcmap end end").encode()
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d /Filter /FlateDecode >>\nstream\n" % len(stream) + stream + b"\nendstream",
        b"<< /Type /Font /Subtype /Type0 /BaseFont /SimSun /Encoding /Identity-H /DescendantFonts [6 0 R] /ToUnicode 7 0 R >>",
        b"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /SimSun /CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) "
        b"/Supplement 0 >> /DW 1000 /FontDescriptor 8 0 R >>",
        b"<< /Length %d >>\nstream\n" % len(cmap) + cmap + b"\nendstream",
        b"<< /Type /FontDescriptor /FontName /SimSun /Flags 4 /FontBBox [0 0 1000 1000] /ItalicAngle 0 /Ascent 800 /Descent -200 "
        b"/CapHeight 700 /StemV 80 >>"]
    out, places = b"%PDF-1.4\n", []
    for n, item in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n" % n + item + b"\nendobj\n"
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1) + b"".join(b"%010d 00000 n \n" % p for p in places)
    return out + b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)


# ---- mail, databases, markup ----

def mail(encoding):
    def wrap(lines):
        m = EmailMessage()
        m["From"], m["To"], m["Subject"] = "a@example.invalid", "b@example.invalid", "会议纪要"
        m.set_content(plain(lines), cte=encoding)
        return m.as_bytes()
    return wrap


# Mail programs draw the delimiter by chance; this is the worst that can come of it, a number that passes for a card's.
DELIMITER = luhn("622200" + "987654321098")


def attachment(lines):
    m = EmailMessage()
    m["Subject"] = "附件"
    m.set_content("见附件\n")
    m.add_attachment(docx(lines), maintype="application", subtype="octet-stream", filename="纪要.bin")
    m.set_boundary("===============%s==" % DELIMITER)
    return m.as_bytes()


def mbox(lines):
    return b"From a@example.invalid Mon Jan  5 10:00:00 2026\n" + mail("base64")(lines) + \
        b"\nFrom b@example.invalid Mon Jan  5 10:00:01 2026\n" + mail("base64")([]) + b"\n"


def database(lines):
    with tempfile.NamedTemporaryFile(suffix=".db") as f:
        base = sqlite3.connect(f.name)
        base.execute("CREATE TABLE notes (n INTEGER PRIMARY KEY, body TEXT)")
        base.executemany("INSERT INTO notes (body) VALUES (?)", [(line,) for line in plain(lines).split("\n")])
        base.commit()
        base.close()
        with open(f.name, "rb") as again:
            return again.read()


def dump(lines):
    return "".join("INSERT INTO notes VALUES (%d,'%s');\n" % (i, line.replace("'", "''")) for i, line in
                   enumerate(plain(lines).split("\n"))).encode()


def web_page(lines):
    return ('<!DOCTYPE html><html><head><meta charset="gbk"><title>会议</title></head><body>%s</body></html>' % "".join(
        "<p>" + split_runs(line, "<b>", "</b>") + "</p>" for line in plain(lines).split("\n"))).encode("gbk", "xmlcharrefreplace")


def xml(lines):
    return ('<?xml version="1.0" encoding="UTF-8"?><notes>%s</notes>' % "".join(
        "<note><![CDATA[%s]]></note>" % line for line in plain(lines).split("\n"))).encode()


def table(lines):
    return ("序号,内容\n" + "".join('%d,"%s"\n' % (i, line.replace('"', '""')) for i, line in enumerate(plain(lines).split("\n")))).encode()


def json_lines(lines):
    return "".join(json.dumps({"n": i, "body": line}) + "\n" for i, line in enumerate(plain(lines).split("\n"))).encode()


WRAPPINGS = {
    "utf-8": utf8,
    "utf-8 with mark": encoded("utf-8", b"\xef\xbb\xbf"),
    "gb18030": encoded("gb18030"),
    "big5": lambda lines: plain(lines).translate(TRADITIONAL).encode("big5hkscs"),
    "utf-16le with mark": encoded("utf-16le", b"\xff\xfe"),
    "utf-16be with mark": encoded("utf-16be", b"\xfe\xff"),
    "utf-16le": encoded("utf-16le"),
    "utf-16be": encoded("utf-16be"),
    "base64": lambda lines: wrapped(base64.b64encode(utf8(lines))),
    "base64url": lambda lines: b'{"data":"' + base64.urlsafe_b64encode(utf8(lines)).rstrip(b"=") + b'"}',
    "base64 twice": lambda lines: b"data: " + base64.b64encode(base64.b64encode(utf8(lines))),
    "base64 of gb18030": lambda lines: b"data: " + base64.b64encode(plain(lines).encode("gb18030")),
    "hex": lambda lines: b"0x " + utf8(lines).hex().encode(),
    "hex with spaces": lambda lines: wrapped(utf8(lines).hex(" ").encode(), 48),
    "percent": percent,
    "json escapes": json_escaped,
    "html entities": entities,
    "quoted-printable": quoted_printable,
    "zip": lambda lines: in_zip("text.txt", utf8(lines)),
    "zip stored": lambda lines: in_zip("text.txt", utf8(lines), zipfile.ZIP_STORED),
    "zip lzma": lambda lines: in_zip("text.txt", utf8(lines), zipfile.ZIP_LZMA),
    "zip in zip in zip in gzip": nested,
    "tar": lambda lines: in_tar(utf8(lines)),
    "tar.gz": lambda lines: in_tar(utf8(lines), "w:gz"),
    "tar.xz": lambda lines: in_tar(utf8(lines), "w:xz"),
    "gzip": lambda lines: gzip.compress(utf8(lines)),
    "bzip2": lambda lines: bz2.compress(utf8(lines)),
    "xz": lambda lines: lzma.compress(utf8(lines)),
    "zstd": by_program(".zst", "zstd", "-q", "{source}", "-o", "{target}"),
    "7z": by_program(".7z", "7z", "a", "-bd", "{target}", "text.txt"),
    "docx": docx,
    "xlsx": xlsx,
    "xlsx inline": lambda lines: xlsx(lines, shared=False),
    "pptx": pptx,
    "odt": odt,
    "ods": ods,
    "doc": doc,
    "xls": xls,
    "ppt": ppt,
    "msg": msg,
    "rtf": rtf,
    "pdf": pdf,
    "html in gbk": web_page,
    "xml": xml,
    "csv": table,
    "json lines": json_lines,
    "mail base64": mail("base64"),
    "mail quoted-printable": mail("quoted-printable"),
    "mail attachment docx": attachment,
    "mbox": mbox,
    "sqlite": database,
    "sql": dump,
}
