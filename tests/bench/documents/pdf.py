#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Text out of PDF: pdftotext, as weir runs it and as it comes, beside mutool; and all that weir scan does with it, from its start to
the findings. Prints milliseconds a page. WEIR_BUILD: the build that is measured.

    python3 tests/bench/documents/pdf.py [-r RUNS] [FILE.pdf ...]

Without files it makes its own: pages of Chinese prose, and pages of a table of customers who do not exist."""
import argparse
import os
import random
import shutil
import subprocess
import tempfile
import time
import zlib

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
WEIR = os.path.join(os.environ.get("WEIR_BUILD", os.path.join(ROOT, "build", "dev")), "bin", "weir")
COMMANDS = [
    ("pdftotext -raw", ["pdftotext", "-raw", "-enc", "UTF-8", "-", "-"]),
    ("pdftotext", ["pdftotext", "-enc", "UTF-8", "-", "-"]),
    ("pdftotext -layout", ["pdftotext", "-layout", "-enc", "UTF-8", "-", "-"]),
    ("mutool draw -F txt", ["mutool", "draw", "-q", "-F", "txt", "-o", "/dev/null", "FILE"]),
    ("weir scan", [WEIR, "scan", "--no-state", "--pdf", "/usr/bin/pdftotext", "FILE"]),
]


class Document:
    def __init__(self):
        self.objects = [b"<</Type/Catalog/Pages 2 0 R>>", b""]
        self.pages = []
        plain = self.add(b"<</Type/Font/Subtype/CIDFontType0/BaseFont/STSong-Light"
                         b"/CIDSystemInfo<</Registry(Adobe)/Ordering(GB1)/Supplement 4>>/DW 1000>>")
        self.font = self.add(b"<</Type/Font/Subtype/Type0/BaseFont/STSong-Light/Encoding/UniGB-UCS2-H"
                             b"/DescendantFonts[%d 0 R]>>" % plain)

    def add(self, body):
        self.objects.append(body)
        return len(self.objects)

    def page(self, texts):
        """texts: (x, y, text)"""
        drawn = b"".join(b"BT /F 10 Tf %d %d Td <%s> Tj ET\n" % (x, y, t.encode("utf-16-be").hex().encode())
                         for x, y, t in texts)
        packed = zlib.compress(drawn)
        content = self.add(b"<</Length %d/Filter/FlateDecode>>\nstream\n%s\nendstream" % (len(packed), packed))
        self.pages.append(self.add(b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents %d 0 R"
                                   b"/Resources<</Font<</F %d 0 R>>>>>>" % (content, self.font)))

    def write(self, path):
        self.objects[1] = b"<</Type/Pages/Count %d/Kids[%s]>>" % (
            len(self.pages), b" ".join(b"%d 0 R" % p for p in self.pages))
        out, offsets = bytearray(b"%PDF-1.5\n"), []
        for number, body in enumerate(self.objects, 1):
            offsets.append(len(out))
            out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
        table = len(out)
        out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(offsets) + 1)
        out += b"".join(b"%010d 00000 n \n" % o for o in offsets)
        out += b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(offsets) + 1, table)
        with open(path, "wb") as f:
            f.write(out)


def prose(path, pages, rng):
    words = [chr(rng.randrange(0x4E00, 0x9F00)) for _ in range(3000)]
    document = Document()
    for _ in range(pages):
        document.page([(60, 790 - 15 * line, "".join(rng.choices(words, k=44))) for line in range(48)])
    document.write(path)


def customers(path, pages, rng):
    names = [chr(rng.randrange(0x4E00, 0x9F00)) for _ in range(300)]
    document = Document()
    for _ in range(pages):
        cells = []
        for row in range(48):
            digits = "".join(rng.choices("0123456789", k=18))
            for x, text in ((60, "".join(rng.choices(names, k=3))), (160, digits), (330, digits[:11]),
                            (450, "%d.00" % rng.randrange(10 ** 6))):
                cells.append((x, 790 - 15 * row, text))
        document.page(cells)
    document.write(path)


def pages_of(path):
    info = subprocess.run(["pdfinfo", path], capture_output=True, check=True).stdout.decode("utf-8", "replace")
    return next(int(line.split()[1]) for line in info.splitlines() if line.startswith("Pages:"))


def run(command, path):
    with open(path, "rb") as f:
        begun = time.monotonic()
        done = subprocess.run([path if c == "FILE" else c for c in command], stdin=f, capture_output=True)
        return time.monotonic() - begun, done


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("-r", "--runs", type=int, default=5)
    parser.add_argument("files", nargs="*")
    options = parser.parse_args()
    rng = random.Random(1)
    with tempfile.TemporaryDirectory() as folder:
        files = options.files
        if not files:
            files = [os.path.join(folder, "prose.pdf"), os.path.join(folder, "customers.pdf")]
            prose(files[0], 200, rng)
            customers(files[1], 200, rng)
        print("%-32s %6s  %s" % ("ms a page, best of %d" % options.runs, "pages",
                                 "  ".join("%18s" % name for name, _ in COMMANDS)))
        for path in files:
            count, cells = pages_of(path), []
            for name, command in COMMANDS:
                if not shutil.which(command[0]):
                    cells.append("%18s" % "not there")
                    continue
                best = min(run(command, path)[0] for _ in range(options.runs))
                cells.append("%18.2f" % (best * 1000 / count))
            print("%-32s %6d  %s" % (os.path.basename(path)[-32:], count, "  ".join(cells)))


if __name__ == "__main__":
    main()
