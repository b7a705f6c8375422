/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef WEIR_BPF_EXTRACT_WRITE_H
#define WEIR_BPF_EXTRACT_WRITE_H

/* What the write to a file brings that file_permission is called for. */

#include "lib/extract/buffer.bpf.h"
#include "lib/extract/call.bpf.h"

#define WEIR_RWF_APPEND	  0x10
#define WEIR_RWF_NOAPPEND 0x20

/* Where a write goes that brings a position (-1: none) and flags of its own. Appending wins, also over pwrite's position. */
static __always_inline __u64 weir_write_offset(struct file *file, __s64 at, __u64 flags)
{
	bool append = BPF_CORE_READ(file, f_flags) & WEIR_O_APPEND;

	if (flags & WEIR_RWF_NOAPPEND)
		append = false;
	if (append || flags & WEIR_RWF_APPEND)
		return BPF_CORE_READ(file, f_inode, i_size);
	return at == -1 ? BPF_CORE_READ(file, f_pos) : at;
}

/* The buffer of an asynchronous write: a program at its start has noted it (prog/tracing/request.bpf.c). What nobody noted has none
 * that can be found, and unnoted is the errno for it. */
static __always_inline void weir_buffer_of_request(struct weir_buffer *ret, __u32 unnoted)
{
	__u64 thread = bpf_get_current_pid_tgid();
	struct weir_request *request = bpf_map_lookup_elem(&weir_requests, &thread);

	if (!request || request->file != (__u64)ret->file) {
		ret->detour = unnoted;
		return;
	}
	ret->kind = request->kind;
	ret->base = request->base;
	ret->count = request->count;
	if (ret->kind == WEIR_BUFFER_RANGE)
		ret->length = ret->count;
	ret->offset = weir_write_offset(ret->file, request->at, request->flags);
}

/* What to answer to a call whose bytes never are in its caller's memory. */
static __always_inline void weir_buffer_of_copy(const struct weir_call *call,
						struct weir_buffer *ret)
{
	switch (call->nr) {
	case WEIR_NR_FALLOCATE:
		/* Also where it shifts what follows and so brings together what was written apart: the close finds that. Refused, it
		 * would stay there in pieces, which nobody takes for what they are. */
		ret->kind = WEIR_BUFFER_NOTHING;
		break;
	case WEIR_NR_COPY_FILE_RANGE:
		ret->detour = WEIR_EXDEV;
		break;
	case WEIR_NR_IOCTL:
		if (call->arg[1] == WEIR_FIDEDUPERANGE)
			ret->kind = WEIR_BUFFER_NOTHING; /* the bytes are there already */
		else if (call->arg[1] == WEIR_FICLONE || call->arg[1] == WEIR_FICLONERANGE)
			ret->detour = WEIR_EXDEV;
		break;
	case WEIR_NR_SENDFILE:
	case WEIR_NR_SPLICE:
		ret->detour = WEIR_EINVAL;
		break;
	}
}

/* Fills *ret, of which file is given and the rest is nothing: the buffer of the write that file_permission was called for. Global, so
 * that the verifier looks at it once, and what it needs of the stack is free again when the scan begins. */
__noinline int weir_buffer_of_write(struct weir_buffer *ret)
{
	struct weir_call call = {};
	__u64 flags = 0;
	__s64 at = -1;

	if (!ret)
		return 0;
	if (!weir_call(&call))
		call.nr = WEIR_NR_IO_URING_ENTER; /* its worker, or its work at a call's end */
	switch (call.nr) {
	case WEIR_NR_PWRITE64:
		at = weir_call_position(&call);
		/* fall through */
	case WEIR_NR_WRITE:
		ret->kind = WEIR_BUFFER_RANGE;
		ret->length = call.arg[2];
		break;
	case WEIR_NR_PWRITEV2:
		flags = call.arg[5];
		/* fall through */
	case WEIR_NR_PWRITEV:
		at = weir_call_position(&call);
		/* fall through */
	case WEIR_NR_WRITEV:
		ret->kind = call.compat ? WEIR_BUFFER_IOVEC_COMPAT : WEIR_BUFFER_IOVEC_USER;
		break;
	case WEIR_NR_IO_SUBMIT:
		weir_buffer_of_request(ret, WEIR_EINVAL);
		return 0;
	case WEIR_NR_IO_URING_ENTER:
		weir_buffer_of_request(ret, WEIR_EOPNOTSUPP);
		return 0;
	default:
		weir_buffer_of_copy(&call, ret);
		return 0;
	}
	ret->offset = weir_write_offset(ret->file, at, flags);
	ret->base = call.arg[1];
	ret->count = call.arg[2];
	return 0;
}

#endif
