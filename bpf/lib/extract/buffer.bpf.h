/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef WEIR_BPF_EXTRACT_BUFFER_H
#define WEIR_BPF_EXTRACT_BUFFER_H

/* Where the bytes of a call lie in user memory: one range, or an array of ranges in user or kernel memory. */

#include "lib/base/core.bpf.h"

enum weir_buffer_kind {
	WEIR_BUFFER_OPAQUE = 0, /* no user buffer that can be found: copied inside the kernel */
	WEIR_BUFFER_NOTHING,	/* the call writes no data of its own */
	WEIR_BUFFER_RANGE,
	WEIR_BUFFER_IOVEC_USER,	  /* the array itself is in user memory */
	WEIR_BUFFER_IOVEC_COMPAT, /* the same with ranges of 32 bits */
	WEIR_BUFFER_IOVEC_KERNEL, /* the array is in kernel memory, its ranges are the user's */
};

struct weir_buffer {
	struct file *file; /* that is written; NULL for messages */
	__u64 base;	   /* of the range or of the array */
	__u64 count;	   /* bytes, or ranges */
	__u64 skip;	   /* bytes of the first range that are done already */
	__u64 length;	   /* bytes in all, as far as known */
	__u64 offset;	   /* position in the file; 0 for sockets */
	__u32 kind;
	__u32 detour; /* opaque: the errno at which programs copy through memory; 0: they know of none */
};

#define WEIR_IOV_MAX 1024 /* UIO_MAXIOV */

/* The buffer of a message that is about to be sent. */
static __always_inline void weir_buffer_of_message(struct msghdr *msg, __u64 size,
						   struct weir_buffer *ret)
{
	struct iov_iter *iter = &msg->msg_iter;
	__u8 type = BPF_CORE_READ(iter, iter_type);

	__builtin_memset(ret, 0, sizeof(*ret));
	ret->length = size;
	ret->skip = BPF_CORE_READ(iter, iov_offset);
	if (bpf_core_enum_value_exists(enum iter_type, ITER_UBUF) &&
	    type == bpf_core_enum_value(enum iter_type, ITER_UBUF)) {
		ret->kind = WEIR_BUFFER_RANGE;
		ret->base = (__u64)BPF_CORE_READ(iter, ubuf) + ret->skip;
		ret->count = BPF_CORE_READ(iter, count);
		ret->skip = 0;
	} else if (type == bpf_core_enum_value(enum iter_type, ITER_IOVEC)) {
		struct iov_iter___underscore *now = (void *)iter;
		struct iov_iter___plain *before = (void *)iter;

		ret->kind = WEIR_BUFFER_IOVEC_KERNEL;
		ret->count = BPF_CORE_READ(iter, nr_segs);
		if (bpf_core_field_exists(now->__iov))
			ret->base = (__u64)BPF_CORE_READ(now, __iov);
		else
			ret->base = (__u64)BPF_CORE_READ(before, iov);
	}
}

#endif
