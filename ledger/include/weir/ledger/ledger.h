/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_LEDGER_LEDGER_H
#define WEIR_LEDGER_LEDGER_H

/* A log that can't be changed unseen: each entry's hash covers the one before, and signed heads say
 * how far the log went and how it looked there. Written by the console, checked by anyone who has
 * the entries, the heads and the public keys. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "weir/base/buf.h"
#include "weir/base/error.h"
#include "weir/base/macros.h"
#include "weir/dsse/envelope.h"
#include "weir/dsse/keys.h"

#define WEIR_LEDGER_HASH_LEN WEIR_SHA256_LEN
#define WEIR_LEDGER_TEXT_MAX 4096 /* bytes of one text of an entry */
#define WEIR_LEDGER_HEAD_MAX 1024 /* bytes of a signed head */

/* Texts are borrowed, UTF-8, never NULL. */
struct weir_ledger_entry {
	uint64_t sequence; /* from 1, without gaps */
	uint64_t time_ns;  /* since 1970 UTC */
	uint64_t actor;	   /* the person's id; 0: the console itself */
	const char *actor_name;
	const char *via;    /* how that person came in: "session 12", "token 3", "password" */
	const char *action; /* "user.add" */
	const char *object; /* what it was done to: "user 7" */
	const char *detail; /* JSON or empty */
};

/* SHA-256 over a fixed binary form of the entry and the hash before it (zeros before the first).
 * -EINVAL: a text is too long. */
int weir_ledger_hash(const struct weir_ledger_entry *entry,
		     const uint8_t before[static WEIR_LEDGER_HASH_LEN],
		     uint8_t ret[static WEIR_LEDGER_HASH_LEN]) _must_use_;

/* "At this time the log ended with this entry." */
struct weir_ledger_head {
	uint64_t time_ns;  /* since 1970 UTC */
	uint64_t sequence; /* 1 or more */
	uint8_t hash[WEIR_LEDGER_HASH_LEN];
};

/* Appends the head as a signed envelope of at most WEIR_LEDGER_HEAD_MAX bytes. */
int weir_ledger_head_sign(const struct weir_ledger_head *head,
			  const struct weir_dsse_signer *signer, struct weir_buf *buf) _must_use_;

/* What one of the keys has signed. -EKEYREJECTED: none has; -EBADMSG: it is no head. */
int weir_ledger_head_open(const void *data, size_t len, const struct weir_dsse_keys *keys,
			  struct weir_ledger_head *ret) _must_use_;

/* Checks a log, entry by entry in their order. */
struct weir_ledger_check;

/* heads: borrowed, by sequence. -EBADMSG with *err when they are not, or contradict each other. */
int weir_ledger_check_new(const struct weir_ledger_head *heads, size_t n, struct weir_error *err,
			  struct weir_ledger_check **ret) _must_use_;
void weir_ledger_check_free(struct weir_ledger_check *check);
DEFINE_CLEANUP(weir_ledger_check_free, struct weir_ledger_check *);

/* before and hash: as they are stored with the entry. -EBADMSG with *err: this is not what was
 * written, or something is missing before it. A log may begin later than its first entry only right
 * behind a signed head. */
int weir_ledger_check_entry(struct weir_ledger_check *check, const struct weir_ledger_entry *entry,
			    const uint8_t before[static WEIR_LEDGER_HASH_LEN],
			    const uint8_t hash[static WEIR_LEDGER_HASH_LEN],
			    struct weir_error *err) _must_use_;

/* Behind the last entry. -EBADMSG when a head has seen more than there is. */
int weir_ledger_check_end(const struct weir_ledger_check *check, struct weir_error *err) _must_use_;

/* Entries checked, and how many of them no head covers yet. */
uint64_t weir_ledger_check_count(const struct weir_ledger_check *check);
uint64_t weir_ledger_check_uncovered(const struct weir_ledger_check *check);

#endif
