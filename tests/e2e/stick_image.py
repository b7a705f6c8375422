# SPDX-License-Identifier: Apache-2.0
"""From outside, on the raw image that stick.py left: none of the customers, all of the table of nobody. stick_image.py IMAGE"""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import lab as weir  # noqa: E402


def scenario(path):
    with open(path, "rb") as file:
        image = file.read()
    numbers = weir.identifiers(weir.customers(0, 20)) + weir.identifiers(weir.customers(20, 20))
    left = [number for number in numbers if number.encode() in image]
    weir.check(not left, "%d of %d identifiers are on the medium" % (len(left), len(numbers)))
    # Pieces too: region, birth date and the first digit of the sequence.
    pieces = [number for number in numbers if number[:15].encode() in image]
    weir.check(not pieces, "pieces of %d identifiers are on the medium" % len(pieces))
    clean = weir.customers(40, 20, valid=False).encode()
    copies = image.count(clean)
    weir.check(copies >= 4, "%d whole copies of the clean file are on the medium" % copies)
    print("raw image: 0 of %d identifiers, %d copies of the clean file" % (len(numbers), copies))


if __name__ == "__main__":
    weir.main(lambda: scenario(sys.argv[1]))
