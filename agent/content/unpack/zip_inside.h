/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_UNPACK_ZIP_INSIDE_H
#define WEIR_UNPACK_ZIP_INSIDE_H

/* What the files of zip share. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "weir/base/buf.h"
#include "zip.h"

#define ZIP_LOCAL_LEN	 30
#define ZIP_CENTRAL_LEN	 46
#define ZIP_END_LEN	 22
#define ZIP_END64_LEN	 56
#define ZIP_LOCATOR_LEN	 20
#define ZIP_LOCAL_SIGN	 0x04034b50u
#define ZIP_CENTRAL_SIGN 0x02014b50u
#define ZIP_END_SIGN	 0x06054b50u
#define ZIP_END64_SIGN	 0x06064b50u
#define ZIP_LOCATOR_SIGN 0x07064b50u

struct zip_entry {
	struct weir_zip_member member;
	uint32_t name_at; /* in names; member.name is set when all are there */
	uint16_t flags;
	uint64_t limit; /* its bytes end at or before: where the next begins */
	uint64_t end;	/* of its bytes: at least by the directory, exactly once opened */
};

struct weir_zip {
	struct weir_unpack *u;
	const struct weir_bytes *bytes;
	struct zip_entry *entries; /* in the order of the directory */
	size_t count, size;
	uint32_t *by_offset; /* indices */
	uint32_t *by_name;   /* NULL until somebody looks */
	struct weir_buf names;
	uint64_t base;	    /* bytes before what the offsets count from */
	uint64_t directory; /* where it begins and ends */
	uint64_t directory_end;
	uint64_t end; /* behind the comment */
	uint64_t expected;
	bool overlaps; /* said so already */
	bool cut;      /* members beyond a limit were left out */
};

/* The record that ends an archive. */
struct zip_end {
	uint64_t directory, directory_end, base, end, expected;
	uint16_t comment_len;
};

/* 0 or -EBADMSG: none. */
int zip_end_find(const struct weir_bytes *bytes, struct zip_end *ret);

#endif
