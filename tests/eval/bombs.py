#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Objects made to exhaust whoever opens them, each scanned by the real weir scan with one worker.

    bombs.py [--full] [--only TEXT] [--keep DIR]

Each must end by itself within the time of a file, never as "error"; what has more in it than is read must be partial or
unscannable with a reason; what is merely hostile to patterns must be read to its end. weir-inspect stays below its limit of
memory, all processes of the scan together below 300 MiB. Prints outcome, seconds and peak memory of each. --full: also those
that take long to make or to read."""

import argparse
import bz2
import gzip
import io
import json
import lzma
import os
import shutil
import sqlite3
import struct
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile
import zlib

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import values  # noqa: E402
import wrap  # noqa: E402

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
WEIR = os.path.join(os.environ.get("WEIR_BUILD", os.path.join(ROOT, "build", "dev")), "bin", "weir")
BUDGET = 50  # seconds: a file has 60, and the worker ends by itself before
TOGETHER = 300 << 10  # KiB, of all processes
WORKER = 256 << 10  # KiB
MEGA = 1 << 20
ZEROS = 10 << 30
BOMBS = []
FULL = "--full" in sys.argv  # runs for patterns are four times as long then


def bomb(label, suffix, unread=True, full=False):
    """Registers a maker: it writes to the open file that it gets. unread: there is more in it than can be read."""
    def add(make):
        BOMBS.append((label, suffix, make, unread, full))
        return make
    return add


# ---- much out of little ----

def deflated_repeats(piece, count):
    """A deflate stream of piece, count times over, without compressing it so often: after a full flush nothing looks back."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = packer.compress(piece) + packer.flush(zlib.Z_FULL_FLUSH)
    return block * count + zlib.compressobj(9, zlib.DEFLATED, -15).flush()


def gzip_repeats(piece, count):
    """The sum at the end is wrong; nobody comes that far."""
    return b"\x1f\x8b\x08\0\0\0\0\0\0\x03" + deflated_repeats(piece, count) + struct.pack("<II", 0, len(piece) * count & 0xffffffff)


def local_header(name, packed, size, crc=0, method=8):
    extra = struct.pack("<HHQQ", 1, 16, size, packed) if size >> 32 else b""
    return struct.pack("<IHHHHHIIIHH", 0x04034b50, 45, 0, method, 0, 33, crc, 0xffffffff if extra else packed,
                       0xffffffff if extra else size, len(name), len(extra)) + name + extra


def central_entry(name, packed, size, at, crc=0, method=8):
    extra = struct.pack("<HHQQ", 1, 16, size, packed) if size >> 32 else b""
    return struct.pack("<IHHHHHHIIIHHHHHII", 0x02014b50, 45, 45, 0, method, 0, 33, crc, 0xffffffff if extra else packed,
                       0xffffffff if extra else size, len(name), len(extra), 0, 0, 0, 0, at) + name + extra


def zip_end(count, length, at):
    return struct.pack("<IQHHIIQQQQ", 0x06064b50, 44, 45, 45, 0, 0, count, count, length, at) + \
        struct.pack("<IIQI", 0x07064b50, 0, at + length, 1) + \
        struct.pack("<IHHHHIIH", 0x06054b50, 0, 0, min(count, 0xffff), min(count, 0xffff), length, at, 0)


@bomb("10 GiB of zeros in gzip", ".gz")
def zeros_gzip(out):
    out.write(gzip_repeats(bytes(MEGA), ZEROS // MEGA))


@bomb("10 GiB of zeros in zip", ".zip")
def zeros_zip(out):
    data = deflated_repeats(bytes(MEGA), ZEROS // MEGA)
    head = local_header(b"zeros.txt", len(data), ZEROS)
    entry = central_entry(b"zeros.txt", len(data), ZEROS, 0)
    out.write(head + data + entry + zip_end(1, len(entry), len(head) + len(data)))


@bomb("10 GiB of zeros in a document", ".docx")
def zeros_docx(out):
    data = deflated_repeats(bytes(MEGA), ZEROS // MEGA)
    name, types = b"word/document.xml", wrap.TYPES.encode()
    first = local_header(b"[Content_Types].xml", len(types), len(types), zlib.crc32(types), 0) + types
    head = local_header(name, len(data), ZEROS)
    entries = central_entry(b"[Content_Types].xml", len(types), len(types), 0, zlib.crc32(types), 0) + \
        central_entry(name, len(data), ZEROS, len(first))
    out.write(first + head + data + entries + zip_end(2, len(entries), len(first) + len(head) + len(data)))


@bomb("10 GiB of text in gzip", ".gz")
def text_gzip(out):
    piece = ("会议纪要，记录了本周的工作安排 and plans. " * 20000).encode()
    out.write(gzip_repeats(piece, ZEROS // len(piece)))


@bomb("10 GiB of zeros in xz", ".xz")
def zeros_xz(out):
    out.write(lzma.compress(bytes(64 * MEGA), preset=0) * (ZEROS // (64 * MEGA)))


@bomb("10 GiB of zeros in bzip2", ".bz2")
def zeros_bzip2(out):
    out.write(bz2.compress(bytes(64 * MEGA)) * (ZEROS // (64 * MEGA)))


@bomb("10 GiB of zeros in zstd", ".zst")
def zeros_zstd(out):
    frame = subprocess.run(["zstd", "-q", "-1"], input=bytes(64 * MEGA), stdout=subprocess.PIPE, check=True).stdout
    out.write(frame * (ZEROS // (64 * MEGA)))


@bomb("overlapping members", ".zip")
def overlap(out):
    """Each of the members is the same bytes."""
    data = deflated_repeats(bytes(MEGA), 100)
    head = local_header(b"0", len(data), 100 * MEGA)
    entries = b"".join(central_entry(b"%d" % i, len(data), 100 * MEGA, 0) for i in range(20000))
    out.write(head + data + entries + zip_end(20000, len(entries), len(head) + len(data)))


@bomb("zips of zips of zips", ".zip")
def tree(out):
    """16 in each of 16 in each of 16 in each of 16, zeros in the leaves."""
    data, name = bytes(16 * MEGA), "zeros.txt"
    for _ in range(5):
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as z:
            for i in range(16):
                z.writestr("%d%s" % (i, name), data)
        data, name = made.getvalue(), ".zip"
    out.write(data)


# ---- a zip that contains itself ----

UNIT = 10  # bytes of each instruction
LENGTHS = [(3 + i, 257 + i, 0) for i in range(8)] + [
    ((4 + i % 4 << bits) + 3, 265 + i, bits) for bits in range(1, 6) for i in range(4 * bits - 4, 4 * bits)]
DISTANCES = [(1 + i, i, 0) for i in range(4)] + [((2 + i % 2 << bits) + 1, 2 + 2 * bits + i % 2, bits) for bits in range(1, 14) for i in range(2)]


def literal(size):
    """The next bytes as they are; before it a stored block of none, to fill the unit."""
    return b"\0\0\0\xff\xff" + b"\0" + struct.pack("<HH", size, size ^ 0xffff)


def match(size, distance):
    """A match as bits, by the fixed codes."""
    bits = []

    def put(value, count, high_first):
        bits.extend(value >> (count - 1 - i if high_first else i) & 1 for i in range(count))
    base, code, extra = max(row for row in LENGTHS if row[0] <= size)
    put(code - 256 if code < 280 else code - 280 + 0xc0, 7 if code < 280 else 8, True)
    put(size - base, extra, False)
    base, code, extra = max(row for row in DISTANCES if row[0] <= distance)
    put(code, 5, True)
    put(distance - base, extra, False)
    return bits


def repeat(size, last=False):
    """The last bytes once more: matches in a block of fixed codes, empty blocks to fill the unit, and a stored block of none."""
    empty, room = [0, 1, 0] + [0] * 7, (UNIT - 4) * 8
    for parts in ((size,), (size - 3, 3), (size - 4, 4), (size - 11, 11), (size - 6, 3, 3)):
        bits = [0, 1, 0] + [bit for part in parts for bit in match(part, size)] + [0] * 7
        while len(bits) + 3 <= room - 8:
            bits += empty
        if len(bits) + 3 <= room:
            bits += [int(last)] + [0] * (room - len(bits) - 1)
            return bytes(sum(bits[i + j] << j for j in range(8)) for i in range(0, room, 8)) + b"\0\0\xff\xff"
    raise ValueError(size)


def quine_program(head, tail):
    """Instructions whose output is head, themselves and tail."""
    first, again = literal(len(head) + UNIT), repeat(len(head) + UNIT)
    four, more, one, none = literal(4 * UNIT), repeat(4 * UNIT), literal(UNIT), literal(0)
    close, end = literal(len(tail) + UNIT), repeat(len(tail) + UNIT, last=True)
    two = repeat(2 * UNIT)
    return b"".join((head, first, head, first, again, one, again, one, one, four, again, one, one, four, more, four, more, four, more,
                     four, more, four, none, none, two, close, two, close, end, tail, end, tail))


def quine(name=b"quine.zip"):
    def build(crc):
        size = len(quine_program(b"x" * (30 + len(name)), b"x" * (46 + len(name) + 22)))
        packed = size - (30 + len(name)) - (46 + len(name) + 22)
        head, entry = local_header(name, packed, size, crc), central_entry(name, packed, size, 0, crc)
        return quine_program(head, entry + struct.pack("<IHHHHIIH", 0x06054b50, 0, 0, 1, 1, len(entry), len(head) + packed, 0))

    # The sum of the file is a linear function of the sum in it: solve for the one that is the same.
    zero = zlib.crc32(build(0))
    rows = [0] * 32
    for column in range(32):
        change = zlib.crc32(build(1 << column)) ^ zero ^ 1 << column
        for row in range(32):
            rows[row] |= (change >> row & 1) << column
    rows = [row | (zero >> n & 1) << 32 for n, row in enumerate(rows)]
    for column in range(32):
        pivot = next((n for n in range(column, 32) if rows[n] >> column & 1), None)
        if pivot is None:
            return quine(b"a" + name)
        rows[column], rows[pivot] = rows[pivot], rows[column]
        rows = [row ^ rows[column] if n != column and row >> column & 1 else row for n, row in enumerate(rows)]
    return build(sum((row >> 32) << n for n, row in enumerate(rows)))


@bomb("a zip that contains itself", ".zip")
def zip_in_itself(out):
    data = quine()
    with zipfile.ZipFile(io.BytesIO(data)) as z:
        if z.read(z.namelist()[0]) != data:
            sys.exit("the zip does not contain itself")
    out.write(data)


# ---- depth ----

def nested(kinds):
    data = ("身份证号：%s\n" % values.resident(values.random.Random(1))).encode()
    for i in range(50):
        kind = kinds[i % len(kinds)]
        data = wrap.in_zip("a.zip", data) if kind == "zip" else gzip.compress(data) if kind == "gzip" else \
            bz2.compress(data) if kind == "bzip2" else wrap.in_tar(data)
    return data


for mix in (("zip",), ("gzip",), ("tar",), ("zip", "gzip", "tar"), ("tar", "bzip2", "zip", "gzip")):
    bomb("50 deep: " + " ".join(mix), ".bin")(lambda out, mix=mix: out.write(nested(mix)))


@bomb("mails in mails", ".eml")
def mails(out):
    head = b"From: a@example.invalid\r\nTo: b@example.invalid\r\nMIME-Version: 1.0\r\n"
    out.write((head + b"Content-Type: message/rfc822\r\n\r\n") * 5000 + head + b"\r\ntext\r\n")


@bomb("multiparts in multiparts", ".eml")
def multiparts(out):
    out.write(b"MIME-Version: 1.0\r\n" + b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (i, i)
                                                  for i in range(5000)) + b"\r\ntext\r\n")


@bomb("base64 in base64", ".txt")
def base64s(out):
    data = b"text of no interest at all, in many layers of coding"
    for _ in range(40):
        data = wrap.base64.b64encode(data)
    out.write(data)


def deep(label, suffix, begin, end, count=MEGA, unread=False, around=(b"", b"")):
    bomb(label, suffix, unread)(lambda out: out.write(around[0] + begin * count + b"text" + end * count + around[1]))


deep("xml, 1 million deep", ".xml", b"<a>", b"</a>", around=(b'<?xml version="1.0"?>', b""))
deep("html, 1 million deep", ".html", b"<div>", b"</div>", around=(b"<!DOCTYPE html><html>", b"</html>"))
deep("json, 1 million deep", ".json", b'{"a":[', b"]}")
deep("rtf, 1 million deep", ".rtf", b"{\\b ", b"}", around=(b"{\\rtf1 ", b"}"))


@bomb("docx, 1 million deep", ".docx", unread=False)
def deep_docx(out):
    body = "<w:p>" * MEGA + "<w:r><w:t>text</w:t></w:r>" + "</w:p>" * MEGA
    out.write(wrap.package({"[Content_Types].xml": wrap.TYPES, "word/document.xml": "<w:document %s><w:body>%s</w:body></w:document>" %
                            (wrap.W, body)}))


@bomb("entities of entities", ".xml", unread=False)
def laughs(out):
    entities = "".join('<!ENTITY l%d "%s">' % (i, "&l%d;" % (i - 1) * 10 if i else "lol") for i in range(20))
    out.write(('<?xml version="1.0"?><!DOCTYPE x [%s]><x>&l19;</x>' % entities).encode())


# ---- many members ----

def many_zip(out, count):
    """One local header; every entry of the directory points at it."""
    head = local_header(b"a", 0, 0, 0, 0)
    entry = central_entry(b"a", 0, 0, 0, 0, 0)
    out.write(head)
    for _ in range(count // 10000):
        out.write(entry * 10000)
    out.write(zip_end(count, len(entry) * count, len(head)))


bomb("1 million members, zip", ".zip")(lambda out: many_zip(out, 1000000))
bomb("10 million members, zip", ".zip", full=True)(lambda out: many_zip(out, 10000000))


@bomb("10 million members, tar.gz", ".tar.gz")
def many_tar(out):
    out.write(gzip_repeats(tarfile.TarInfo("a").tobuf(tarfile.GNU_FORMAT) * 10000, 1000))


@bomb("10 million members, tar", ".tar", full=True)
def many_plain_tar(out):
    piece = tarfile.TarInfo("a").tobuf(tarfile.GNU_FORMAT) * 10000
    for _ in range(1000):
        out.write(piece)


@bomb("sheet of a million columns", ".xlsx", full=True)
def wide_sheet(out):
    """Strings that are long, pointed at by cells that are many."""
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    out.write(wrap.package({
        "[Content_Types].xml": wrap.TYPES, "xl/workbook.xml": '<workbook xmlns="%s"><sheets><sheet name="S" sheetId="1"/></sheets></workbook>' % main,
        "xl/sharedStrings.xml": '<sst xmlns="%s"><si><t>%s</t></si></sst>' % (main, "text of a cell " * 4000),
        "xl/worksheets/sheet1.xml": '<worksheet xmlns="%s"><sheetData><row>%s</row></sheetData></worksheet>' % (
            main, '<c t="s"><v>0</v></c>' * 1000000)}))


# ---- patterns ----

def run(label, piece, size=8 * MEGA):
    data = piece.encode()
    bomb("runs of " + label, ".txt", unread=False)(lambda out: out.write(data * (size // (1 if FULL else 4) // len(data))))


run("digits", "1234567890")
run("one digit", "1")
run("digits and dashes", "1-2-3-4-5-6-7-8-9-0-")
run("digits and blanks", "6 2 2 8 ")
run("digits and every separator", "1 2-3.4/5_6,7·8—9、0：")
run("almost resident identities", "1101011990030700")
run("almost cards in groups", "6222 0212 3456 7890 ")
run("full-width digits", "１２３４５６７８９０")
run("hanzi digits", "一二三四五六七八九〇")
run("less-than signs", "<")
run("less-than signs of machine-readable zones", "P<CHN<<<<<<<<<<<<")
run("at signs", "@")
run("at signs and letters", "a@")
run("letters, dots and at signs", "a.b.c.d@e.f.")
run("one letter", "a", 32 * MEGA)
run("words of 1 MiB", "a" * MEGA + " ", 16 * MEGA)
run("letters and digits", "a1B2c3D4")
run("blanks", " ")
run("line ends", "\n")
run("tabs", "\t")
run("quotes", '"')
run("backslashes", "\\")
run("braces", "{[(")
run("ampersands", "&")
run("percent signs", "%")
run("equal signs", "=")
run("zero-width blanks", "\u200b")
run("zero-width blanks and digits", "1\u200b")
run("combining marks", "e" + "\u0301" * 31)
run("hanzi", "路号栋单元室")
run("context words", "身份证号：银行卡号：手机：")
run("names", "王伟李芳张娜")
run("addresses", "浙江省杭州市西湖区文三路1号")
run("base64 letters", "QUJD", 32 * MEGA)
run("hex", "e4bda0", 32 * MEGA)
run("percent escapes", "%31")
run("json escapes", "\\u0031")
run("html entities", "&#49;")
run("ip addresses almost", "1.1.1.")
run("colons", "http://a:b@")


# ---- documents and databases ----

def database(out, fill, change=None):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "a.db")
        base = sqlite3.connect(path)
        fill(base)
        base.commit()
        base.close()
        with open(path, "rb") as source:
            data = bytearray(source.read())
    if change:
        change(data)
    out.write(data)


def one_table(base):
    base.execute("CREATE TABLE t (a TEXT)")


@bomb("sqlite, values of 100 MB", ".db", unread=False)
def large_values(out):
    def fill(base):
        one_table(base)
        base.execute("INSERT INTO t VALUES (?)", ("text " * 20000000,))
        base.execute("INSERT INTO t VALUES (zeroblob(50000000))")
    database(out, fill)


@bomb("sqlite, an overflow chain that bites its tail", ".db", unread=False)
def chain(out):
    """The value is as long as it says all the same; SQLite reads the same pages again."""
    def fill(base):
        one_table(base)
        base.execute("INSERT INTO t VALUES (?)", ("text " * 200000,))

    def change(data):
        data[4096 * 5:4096 * 5 + 4] = struct.pack(">I", 5)  # page 6 goes on with page 5
    database(out, fill, change)


@bomb("sqlite, a tree that is its own child", ".db")
def ring(out):
    def fill(base):
        one_table(base)
        base.executemany("INSERT INTO t VALUES (?)", [("text " * 100,) for _ in range(5000)])

    def change(data):
        data[4096 + 8:4096 + 12] = struct.pack(">I", 2)
        for at in range(4096 + 12, 4096 + 12 + 2 * struct.unpack_from(">H", data, 4096 + 3)[0], 2):
            cell = 4096 + struct.unpack_from(">H", data, at)[0]
            data[cell:cell + 4] = struct.pack(">I", 2)
    database(out, fill, change)


def pdf(objects, extra=b""):
    data, places = b"%PDF-1.5\n", []
    for n, item in enumerate(objects, 1):
        places.append(len(data))
        data += b"%d 0 obj\n" % n + item + b"\nendobj\n"
    start = len(data)
    return data + b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1) + b"".join(b"%010d 00000 n \n" % p for p in places) + \
        b"trailer\n<< /Size %d /Root 1 0 R %s >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, extra.replace(b"START", b"%d" % start), start)


def stream(data, more=b""):
    return b"<< /Length %d %s >>\nstream\n" % (len(data), more) + data + b"\nendstream"


PAGE = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /XObject << /X 5 0 R >> >> >>"
PAGES = [b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>", PAGE]
FORM = b"/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /X 5 0 R >> >>"
LOOPS = {
    "pages that are their own children": [PAGES[0], b"<< /Type /Pages /Kids [2 0 R 2 0 R 2 0 R] /Count 3 >>"],
    "a form that draws itself": PAGES + [stream(b"/X Do"), stream(b"/X Do /X Do", FORM)],
    "a length that is itself": PAGES + [b"<< /Length 4 0 R >>\nstream\nBT ET\nendstream"],
    "references in a ring": [b"<< /Type /Catalog /Pages 2 0 R >>", b"3 0 R", b"2 0 R"],
    "an object stream that extends itself": PAGES + [stream(b"6 0 7 0 <<>>", b"/Type /ObjStm /N 1 /First 4 /Extends 4 0 R")],
}
for what, parts in LOOPS.items():
    bomb("pdf, " + what, ".pdf", "draws" not in what)(lambda out, parts=parts: out.write(pdf(parts)))
bomb("pdf, tables in a ring", ".pdf", unread=False)(lambda out: out.write(pdf(PAGES + [stream(b"BT ET")], b"/Prev START")))
bomb("pdf, arrays 1 million deep", ".pdf")(lambda out: out.write(pdf(PAGES[:2] + [b"[" * MEGA + b"]" * MEGA])))


@bomb("pdf, a page of 512 MiB", ".pdf", unread=False, full=True)
def large_page(out):
    data = zlib.compress(zlib.compress(b"\n" * (1 << 29), 9), 9)
    out.write(pdf(PAGES + [stream(data, b"/Filter [/FlateDecode /FlateDecode]"), stream(b"", FORM)]))


@bomb("compound file, a table that bites its tail", ".doc")
def fat_ring(out):
    data = bytearray(wrap.doc(["text"] * 200))
    fat = 512 + 512 * struct.unpack_from("<I", data, 76)[0]
    struct.pack_into("<I", data, fat + 4 * 3, 1)
    out.write(data)


@bomb("compound file, a folder that is its own neighbour", ".doc", unread=False)
def folder_ring(out):
    data = bytearray(wrap.doc(["text"] * 20))
    at = 512 + 512 * struct.unpack_from("<I", data, 48)[0]
    for entry in range(3):
        struct.pack_into("<II", data, at + 128 * entry + 68, 1, 1)
    out.write(data)


# ---- running them ----

def children(pid):
    try:
        with open("/proc/%d/task/%d/children" % (pid, pid), encoding="ascii") as f:
            found = [int(word) for word in f.read().split()]
    except OSError:
        return []
    return found + [below for child in found for below in children(child)]


def peak(pid):
    """(name, VmHWM in KiB), or None once it is gone."""
    try:
        with open("/proc/%d/status" % pid, encoding="ascii", errors="replace") as f:
            lines = dict(line.split(":", 1) for line in f if ":" in line)
        return lines["Name"].strip(), int(lines["VmHWM"].split()[0])
    except (OSError, KeyError):
        return None


def scan(path):
    """What the scan says of the file, its seconds, and the peaks of the processes it consisted of."""
    began, peaks = time.monotonic(), {}
    with tempfile.TemporaryFile() as answer:
        process = subprocess.Popen([WEIR, "scan", "--no-state", "--jobs", "1", "--format", "json", path], stdout=answer,
                                   stderr=subprocess.DEVNULL)
        while process.poll() is None:
            for pid in [process.pid] + children(process.pid):
                now = peak(pid)
                if now:
                    peaks[pid] = now
            time.sleep(0.003)
        answer.seek(0)
        lines = answer.read().decode().splitlines()
    return json.loads(lines[0]) if lines else {"status": "none", "reason": "exit %d" % process.returncode}, time.monotonic() - began, peaks


def judge(one, seconds, worker, together, unread):
    if one["status"] not in ("complete", "partial", "unscannable"):
        return one["status"]
    if seconds > BUDGET:
        return "takes too long"
    if unread and one["status"] == "complete":
        return "complete, and it is not"
    if one["status"] != "complete" and not one["reason"]:
        return "no reason"
    if not unread and one["status"] == "partial" and "time" in one["reason"]:
        return "not read in its time"
    if worker > WORKER or together > TOGETHER:
        return "too much memory"
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--only", default="")
    parser.add_argument("--keep")
    options = parser.parse_args()
    folder = options.keep or tempfile.mkdtemp(prefix="weir-bombs.")
    os.makedirs(folder, exist_ok=True)
    wrong, total = 0, 0.0
    try:
        for n, (label, suffix, make, unread, full) in enumerate(BOMBS):
            if options.only not in label or (full and not options.full):
                continue
            path = os.path.join(folder, "%d%s" % (n, suffix))
            with open(path, "wb") as out:
                make(out)
            one, seconds, peaks = scan(path)
            worker = max([kib for name, kib in peaks.values() if name == "weir-inspect"], default=0)
            together = sum(kib for _, kib in peaks.values())
            reason = judge(one, seconds, worker, together, unread)
            wrong, total = wrong + bool(reason), total + seconds
            print("%-5s %-46s %5.1f s  worker %3d MiB, all %3d MiB  %s%s" % ("WRONG" if reason else "ok", label, seconds, worker >> 10, together >> 10,
                                                                           one["status"], ": " + one["reason"] if one["reason"] else ""), flush=True)
            if reason:
                print("      " + reason, flush=True)
            if not options.keep:
                os.unlink(path)
    finally:
        if not options.keep:
            shutil.rmtree(folder)
    print("%d are wrong; scans took %.1f s" % (wrong, total))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
