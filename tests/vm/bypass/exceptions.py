# SPDX-License-Identifier: Apache-2.0
"""What is missed all the same, and why. Nothing else may be. What is merely not built yet says so and goes when it is."""

import fnmatch

POLICY = "the default policy counts in one file; a rule with within counts over files, and up to its limit they stay (docs/policy.md, lists in pieces)"
HALVES = "half a number in one file and the rest in another is no value in either"
LANDED = "stopped at the fifth; fewer than five, from openings of their own, are within the limit and stay in the file"
FREED = "what was within the limit and then cut off lies in blocks that are no file's any more; tiers 1 and 2 go on counting and stop at the fifth"
NAMES = "names and attributes are not content: not looked at"
DISGUISED = "reads as text in which nothing is found; what could be read speaks for itself, whoever wrote it (docs/adr/0017-lineage.md)"
PULLED = "stopped at the fifth; what landed before would be overwritten by the agent when it is back, but the stick had been pulled by then"
SWAPPED = "the kernel swaps past the file, which shows neither an event nor another time; root alone can do it"
NO_LINEAGE = "tier 3 sees openings, no pipes: the one that writes has opened nothing, and what it writes reads as text in which nothing is found"
GONE = "tier 3 ends with the agent; when it is back it looks at what changed on sticks, but on a share others write as well"

# Techniques, tiers (empty: all), targets (empty: both), the reason.
EXCEPTIONS = [
    (["files"], (), (), POLICY),
    (["halves"], (), (), HALVES),
    (["refill"], (), (), FREED),
    (["reopen", "script"], (), (), LANDED),
    (["file-names", "folder-names", "link-text", "attribute"], (), (), NAMES),
    (["letters", "xor", "relay"], (1, 2), (), DISGUISED),
    (["relay"], (3,), (), NO_LINEAGE),
    (["killed-bytes-17"], (1, 2), ("stick",), PULLED),
    (["swap-file"], (3,), (), SWAPPED),
    (["killed-*", "late-*"], (3,), ("share",), GONE),
]


def reason(name, tier, target):
    """Why this technique may be missed there, None: it may not."""
    for names, tiers, targets, text in EXCEPTIONS:
        if any(fnmatch.fnmatchcase(name, pattern) for pattern in names) and tier in (tiers or (tier,)) and \
                target in (targets or (target,)):
            return text
    return None
