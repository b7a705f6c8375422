# SPDX-License-Identifier: Apache-2.0
"""What is missed all the same, and why. Nothing else may be. What is merely not built yet says so and goes when it is."""

import fnmatch

POLICY = "the policy lets fewer than five in one file pass, and nothing tells the pieces of one list from each other"
LANDED = "refused at the fifth; those that landed before, in openings of their own, are within the limit and stay"
NAMES = "names and attributes are not content: not looked at"
MAPPED = "not built yet: what is stored through a mapping that is older than the agent is reported but not overwritten"
DEVICES = "not built yet: what goes to the device itself is not refused"
FRESH = "not built yet: a volume is not a sink until the agent has seen it"
OPAQUE = "not built yet: what cannot be read is reported at close, not refused, although its writer has read a labelled file"
DISGUISED = "the content is in no known encoding, and its label is lost on the way: not built yet"
DEAD = "what landed before the refusal is overwritten by the agent, which was dead"
NO_HOOK = "tier 3 has no hook below the file system"
GONE = "tier 3 ends with the agent: fanotify lets everything through, the console sees silence"
UNSEEN = "not built yet: fanotify reports no change, so that the file counts as opened only; reported, not overwritten"

DISKS = ["disk", "disk-*", "partition", "swap", "sg-*", "usbfs"]
STACKED = ["loop-disk", "loop-partition", "dm-*", "mkfs", "ntfs-3g"]
MAPS = ["store", "store-closed", "read-into", "protect", "older-map", "older-map-only", "older-protect"]

# Techniques, tiers (empty: all), targets (empty: both), the reason.
EXCEPTIONS = [
    (["files", "halves", "refill"], (), (), POLICY),
    (["reopen", "script"], (), (), LANDED),
    (["file-names", "folder-names", "link-text", "attribute"], (), (), NAMES),
    (["older-map", "older-map-only"], (1, 2), (), MAPPED),
    (DISKS, (1, 2), (), DEVICES),
    (["mkfs", "ntfs-3g", "late-write"], (1, 2), ("stick",), FRESH),
    (["openssl", "zip-encrypted"], (1, 2), (), OPAQUE),
    (["letters", "xor"], (1, 2), (), DISGUISED),
    (["relay"], (), (), DISGUISED),
    (["killed-bytes-17"], (1, 2), ("stick",), DEAD),
    (DISKS + STACKED, (3,), (), NO_HOOK),
    (["killed-*", "late-*"], (3,), (), GONE),
    (MAPS + ["aio", "aio-*", "loop-file", "loop-file-direct", "swap-file"], (3,), (), UNSEEN),
]


def reason(name, tier, target):
    """Why this technique may be missed there, None: it may not."""
    for names, tiers, targets, text in EXCEPTIONS:
        if any(fnmatch.fnmatchcase(name, pattern) for pattern in names) and tier in (tiers or (tier,)) and \
                target in (targets or (target,)):
            return text
    return None
