/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Notes what an asynchronous write brings with it, for file_permission, which is called in its midst: of io_uring's worker threads
 * the registers say nothing, of io_submit's they say which list of requests is worked at. Where a kernel lacks one of these
 * functions nothing is noted, and such writes have no buffer that can be found. */

#include "lib/extract/buffer.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

#define WEIR_IORING_OP_WRITEV	   2
#define WEIR_IORING_OP_WRITE_FIXED 5
#define WEIR_IORING_OP_WRITE	   23

static __always_inline void weir_note(const struct weir_request *request)
{
	__u64 thread = bpf_get_current_pid_tgid();

	bpf_map_update_elem(&weir_requests, &thread, request, BPF_ANY);
}

static __always_inline void weir_note_end(void)
{
	__u64 thread = bpf_get_current_pid_tgid();

	bpf_map_delete_elem(&weir_requests, &thread);
}

/* A request of io_uring starts with what its operation needs, here a struct io_rw. */
SEC("?fentry/io_write")
int BPF_PROG(weir_uring_write, struct io_kiocb *req)
{
	struct io_rw *rw = (void *)req;
	struct weir_request request = {.file = (__u64)BPF_CORE_READ(rw, kiocb.ki_filp),
				       .base = BPF_CORE_READ(rw, addr),
				       .count = BPF_CORE_READ(rw, len),
				       .at = BPF_CORE_READ(rw, kiocb.ki_pos),
				       .flags = BPF_CORE_READ(rw, flags)};

	switch (BPF_CORE_READ(req, opcode)) {
	case WEIR_IORING_OP_WRITEV:
		request.kind = WEIR_BUFFER_IOVEC_USER;
		break;
	case WEIR_IORING_OP_WRITE_FIXED:
	case WEIR_IORING_OP_WRITE:
		request.kind = WEIR_BUFFER_RANGE;
		break;
	default:
		return 0;
	}
	weir_note(&request);
	return 0;
}

SEC("?fexit/io_write")
int BPF_PROG(weir_uring_written)
{
	weir_note_end();
	return 0;
}

/* iocb is the kernel's copy of what the caller asked for. */
SEC("?fentry/aio_write")
int BPF_PROG(weir_aio_write, struct kiocb *req, const struct iocb *iocb, bool vectored, bool compat)
{
	struct weir_request request = {.file = (__u64)BPF_CORE_READ(req, ki_filp),
				       .base = BPF_CORE_READ(iocb, aio_buf),
				       .count = BPF_CORE_READ(iocb, aio_nbytes),
				       .at = BPF_CORE_READ(iocb, aio_offset),
				       .flags = BPF_CORE_READ(iocb, aio_rw_flags),
				       .kind = WEIR_BUFFER_RANGE};

	if (vectored)
		request.kind = compat ? WEIR_BUFFER_IOVEC_COMPAT : WEIR_BUFFER_IOVEC_USER;
	weir_note(&request);
	return 0;
}

SEC("?fexit/aio_write")
int BPF_PROG(weir_aio_written)
{
	weir_note_end();
	return 0;
}
