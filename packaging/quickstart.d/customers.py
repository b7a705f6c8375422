#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Synthetic customers as CSV: customers.py [--rows N] [--seed N] [--altered].

Names, numbers and cards are made up from the seed; only the check digits are as the standards want them. The region
codes end in 99, which no county has, so no number can be a person's. --altered moves every check digit by one: the same
text, and not one valid identifier in it."""

import argparse
import csv
import random
import sys

PROVINCES = (11, 12, 13, 21, 31, 32, 33, 35, 37, 42, 43, 44, 51, 61)
SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰涛明超秀霞平刚"


def resident_id(rng, altered):
    body = f"{rng.choice(PROVINCES)}0099{rng.randint(1950, 2004)}{rng.randint(1, 12):02}{rng.randint(1, 28):02}"
    body += f"{rng.randint(1, 999):03}"
    total = sum(int(digit) * (2 ** (17 - place) % 11) for place, digit in enumerate(body))
    check = (12 - total % 11 + altered) % 11
    return body + "0123456789X"[check]


def card(rng, altered):
    body = "6299" + "".join(str(rng.randint(0, 9)) for _ in range(14))
    total = 0
    for place, digit in enumerate(reversed(body)):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return body + str((-total + altered) % 10)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--rows", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--altered", action="store_true", help="check digits that do not fit")
    options = parser.parse_args()
    rng = random.Random(options.seed)
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow(["姓名", "身份证号码", "手机号", "银行卡号", "保单"])
    for row in range(options.rows):
        name = rng.choice(SURNAMES) + rng.choice(GIVEN) + rng.choice(GIVEN)
        mobile = "199" + "".join(str(rng.randint(0, 9)) for _ in range(8))
        identity, number = resident_id(rng, options.altered), card(rng, options.altered)
        out.writerow([name, identity, mobile, number, f"P{options.seed:02}-{row:04}"])


if __name__ == "__main__":
    main()
