/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONSOLE_STATE_H
#define WEIR_CONSOLE_STATE_H

/* The console's own folder: database, lock, token and key. */

#include "weir/base/error.h"
#include "weir/base/fd.h"
#include "weir/base/macros.h"
#include "weir/console_store/store.h"

#define WEIR_STATE_DATABASE "console.db" /* unless another is named */

struct weir_state {
	int dir_fd;
	int lock_fd; /* held while the program runs: one console for one folder */
};

#define WEIR_STATE_NONE ((struct weir_state){-1, -1})

/* Makes the folder (mode 0700) when it is missing. -EPERM when others may write in it, -EBUSY when
 * another console has it. */
int weir_state_open(const char *dir, struct weir_error *err, struct weir_state *ret) _must_use_;
void weir_state_done(struct weir_state *state);

/* The database: as weir_store_open() takes it, or when NULL a file in the folder. */
int weir_state_store(const char *dir, const char *database, struct weir_error *err,
		     struct weir_store **ret) _must_use_;

/* Makes a folder (mode 0750) of the state's own when it is missing. *ret_fd is owned. */
int weir_state_folder(const struct weir_state *state, const char *name, struct weir_error *err,
		      int *ret_fd) _must_use_;

/* The token in the file "token", made (0600, 256 random bits in hexadecimal) when it is missing.
 * *ret is owned. */
int weir_state_token(const struct weir_state *state, struct weir_error *err, char **ret) _must_use_;

#endif
