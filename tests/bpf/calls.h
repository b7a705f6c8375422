/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_TESTS_BPF_CALLS_H
#define WEIR_TESTS_BPF_CALLS_H

/* One way each of getting bytes into a file. A way gets the target open for reading and writing, empty, and returns 0 or the errno
 * of the call that failed. */

#include <stddef.h>

struct bytes {
	char *at; /* readable, in memory */
	size_t len;
	int source; /* the file that they are also in, at position 0 */
};

typedef int (*way_fn)(int target, const struct bytes *bytes);

/* calls_async.c: io_submit and io_uring */
int way_aio(int target, const struct bytes *bytes);
int way_aio_vector(int target, const struct bytes *bytes);
int way_aio_batch(int target, const struct bytes *bytes);
int way_uring(int target, const struct bytes *bytes);
int way_uring_vector(int target, const struct bytes *bytes);
int way_uring_fixed(int target, const struct bytes *bytes);
int way_uring_worker(int target, const struct bytes *bytes);
int way_uring_polled(int target, const struct bytes *bytes);
int way_uring_linked(int target, const struct bytes *bytes);
int way_uring_append(int target, const struct bytes *bytes);
int way_uring_splice(int target, const struct bytes *bytes);

/* calls_compat.c: the same calls as a 32-bit program makes them */
int way_compat_write(int target, const struct bytes *bytes);
int way_compat_writev(int target, const struct bytes *bytes);
int way_compat_pwrite(int target, const struct bytes *bytes);
int way_compat_pwritev(int target, const struct bytes *bytes);
int way_compat_sendfile(int target, const struct bytes *bytes);

/* calls_unseen.c: from memory that is not there yet */
int way_unseen(int target, const struct bytes *bytes);
int way_unseen_vector(int target, const struct bytes *bytes);
int way_unseen_rest(int target, const struct bytes *bytes);
int way_unseen_long(int target, const struct bytes *bytes);
int way_unseen_swapped(int target, const struct bytes *bytes);
int way_unseen_direct(int target, const struct bytes *bytes);

#endif
