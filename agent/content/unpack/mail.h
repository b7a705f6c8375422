/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_UNPACK_MAIL_H
#define WEIR_UNPACK_MAIL_H

#include "reader.h"

/* A message of S/MIME: what is signed is an object of its own, what is encrypted a gap. bytes may be a
 * stream. */
int weir_smime_read(struct weir_unpack *u, const char *name,
		    const struct weir_bytes *bytes) _must_use_;

#endif
