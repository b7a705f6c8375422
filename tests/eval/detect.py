#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Offsets of weir detect on documents of mixed scripts whose values lie at known places, and that a second run says the same.

    detect.py [--full | --documents N] [--show N]

Between the values: hanzi, emoji with joiners, letters with combining marks, Arabic, full-width text, escapes, astral characters,
characters without width, line ends of every kind. Every value must be reported where it is, in code points, and nothing of its
detector elsewhere; both runs must be equal byte for byte, and so must each line when the documents come in reverse. Exits 1
when one is not. 5000 documents; --full: 100000."""

import argparse
import collections
import json
import os
import random
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import values  # noqa: E402

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
WEIR = os.path.join(os.environ.get("WEIR_BUILD", os.path.join(ROOT, "build", "dev")), "bin", "weir")

# No digits and none of the words that detectors look for.
FILLERS = {
    "hanzi": "会议纪要本周工作安排各部门按计划推进下周继续讨论，。；《》",
    "rare hanzi": "𠀀𠮷𪚥𫝀龘䶮㐀",
    "latin": "the committee met and agreed on plans ",
    "combining": "e\u0301a\u0308o\u0302u\u030an\u0303 क\u094dष ก\u0e33 ",
    "arabic": "اجتمعت اللجنة يوم الثلاثاء ووافقت على الخطة ",
    "hebrew": "הוועדה התכנסה ",
    "kana": "ひらがなカタカナｶﾀｶﾅﾞ",
    "hangul": "회의록한글각",
    "full width": "ＡＢＣｄｅｆ！？（）［］",
    "emoji": ["😀", "👩\u200d👧", "🇨🇳", "👍🏽", "❤\ufe0f", "🏴\U000e0067\U000e007f"],
    "invisible": ["\u200b", "\u200d", "\ufeff", "\u00ad", "\u2060", "\u200e"],
    "line ends": ["\n", "\r\n", "\r", "\u2028", "\u0085", "\t", "\n\n"],
    "escapes": ["\\n", "\\u4f60\\u597d", "&amp;", "&#x4f60;", "&lt;b&gt;", "%E4%BD%A0", "=E4=BD", "\\\\", "\\\"", "<br>", "</td><td>"],
    "marks": list("\"'`{}[]<>|\\/~^") + ["“", "”", "…", "—", "\x01", "\x7f"],
}
WORDS = {"cn_resident_id": "身份证号：", "payment_card": "银行卡号：", "cn_mobile": "手机：", "cn_uscc": "统一社会信用代码：", "vin": "车架号：",
         "email": "邮箱："}
SPELLINGS = {
    "cn_resident_id": [lambda v: v, values.wide, lambda v: values.group(v, 6, 8, 4), lambda v: "\u200b".join(v), " ".join, "\u00ad".join,
                       lambda v: values.translate(v, "٠١٢٣٤٥٦٧٨٩"), lambda v: values.translate(v, values.HANZI["lower"])],
    "payment_card": [lambda v: v, values.wide, lambda v: values.group(v, 4, 4, 4, 4), lambda v: values.group(v, 4, 4, 4, 4, sep="-")],
    "cn_mobile": [lambda v: v, values.wide, lambda v: values.group(v, 3, 4, 4, sep="-")],
    "cn_uscc": [lambda v: v, values.wide],
    "vin": [lambda v: v],
    "email": [lambda v: v],
}


def filling(rnd):
    out = []
    for _ in range(rnd.randint(1, 5)):
        kind = FILLERS[rnd.choice(list(FILLERS))]
        if isinstance(kind, str):
            at, n = rnd.randrange(len(kind)), rnd.randint(1, 12)
            out.append((kind * 2)[at:at + n])
        else:
            out.append("".join(rnd.choice(kind) for _ in range(rnd.randint(1, 3))))
    return "".join(out)


def document(rnd):
    """A text and the places of its values: (detector, start, end) in code points."""
    text, places = filling(rnd) if rnd.random() < 0.9 else "", []
    for _ in range(rnd.choice((0, 1, 1, 2, 3, 8))):
        detector = rnd.choice(list(WORDS))
        spelled = rnd.choice(SPELLINGS[detector])(values.KINDS[detector].make(rnd))
        text += rnd.choice((" ", "\n", "。", "😀 ")) + WORDS[detector]
        places.append((detector, len(text), len(text) + len(spelled)))
        text += spelled + rnd.choice((" ", "\n", "。", "；", " 😀")) + filling(rnd)
    return text, places


def write(path, documents, order):
    with open(path, "w", encoding="utf-8", errors="surrogatepass") as out:
        for i in order:
            # half of them as JSON escapes, with surrogate pairs
            out.write(json.dumps({"id": i, "text": documents[i][0]}, ensure_ascii=i % 2 == 0) + "\n")


def detect(source, target):
    with open(source, "rb") as stdin, open(target, "wb") as stdout:
        ran = subprocess.run([WEIR, "detect"], stdin=stdin, stdout=stdout, stderr=subprocess.PIPE, check=False)
    if ran.returncode not in (0, 1):
        sys.exit("weir detect: exit %d: %s" % (ran.returncode, ran.stderr.decode()[-2000:]))
    with open(target, "rb") as stdout:
        return stdout.read()


def judge(documents, answer, shown):
    """Counts what is not where it should be; a place is shown without the value."""
    wrong, lines = collections.Counter(), answer.decode().splitlines()
    if len(lines) != len(documents):
        sys.exit("%d answers for %d documents" % (len(lines), len(documents)))
    for n, line in enumerate(lines):
        one = json.loads(line)
        text, places = documents[n]
        if one["id"] != n:
            sys.exit("answer %d has the id %r" % (n, one["id"]))
        found = {(f["detector"], f["start"], f["end"]) for f in one["findings"]}
        outside = [f for f in found if not 0 <= f[1] < f[2] <= len(text)]
        missed = set(places) - found
        more = {f for f in found - set(places) if f[0] in WORDS}
        for kind, some in (("outside", outside), ("not found there", missed), ("found elsewhere", more)):
            for detector, start, end in some:
                wrong[kind, detector] += 1
                if sum(wrong.values()) <= shown:
                    print("document %d: %s: %s %d-%d, around it %s" % (n, kind, detector, start, end, ascii(
                        text[max(0, start - 12):start] + "<" + text[start:end] + ">" + text[end:end + 12])))
    return wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=5000)
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--show", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    rnd = random.Random(options.seed)
    count = 100000 if options.full else options.documents
    documents = [document(rnd) for _ in range(count)]
    with tempfile.TemporaryDirectory(prefix="weir-detect.") as folder:
        def path(name):
            return os.path.join(folder, name)
        write(path("in"), documents, range(count))
        write(path("reverse"), documents, reversed(range(count)))
        first, second = detect(path("in"), path("first")), detect(path("in"), path("second"))
        backwards = detect(path("reverse"), path("third"))
    wrong = judge(documents, first, options.show)
    values_there = sum(len(places) for _, places in documents)
    print("%d documents, %d values: %d outside, %d not found where they are, %d found elsewhere" % (
        (count, values_there) + tuple(sum(n for (kind, _), n in wrong.items() if kind == k) for k in
                                      ("outside", "not found there", "found elsewhere"))))
    for (kind, detector), n in sorted(wrong.items()):
        print("  %s: %s %d" % (kind, detector, n))
    same = first == second
    independent = first.splitlines() == backwards.splitlines()[::-1]
    print("two runs: %s; in reverse: %s" % ("the same" if same else "DIFFERENT", "the same" if independent else "DIFFERENT"))
    return 0 if same and independent and not wrong else 1


if __name__ == "__main__":
    sys.exit(main())
