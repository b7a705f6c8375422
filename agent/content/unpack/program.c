/* SPDX-License-Identifier: Apache-2.0 */
/* Text from the programs behind the port. They may be slow, and say nothing for long. */
#include "program.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#define PIECE	(64 * 1024)
#define WAIT_MS 100

bool weir_read_offers(const struct weir_unpack *u, enum weir_external program)
{
	const struct weir_unpack_port *port = weir_read_port(u);

	return port && port->programs & 1U << program;
}

/* 0, what read_at() said, or what ends the reader, which weir_read_tick() then says again. */
static int start(struct weir_unpack *u, enum weir_external program, const struct weir_bytes *bytes,
		 int *ret_fd)
{
	const struct weir_unpack_port *port = weir_read_port(u);
	const struct weir_memory *memory = weir_read_memory(bytes);
	int file = weir_read_file_of(u, bytes), r;
	uint8_t *data _cleanup_(freep) = NULL;
	struct weir_memory held;

	if (!port)
		return -ENOSYS;
	if (file < 0 && !memory) {
		r = weir_read_all(u, bytes, &data, &held.len);
		if (r < 0)
			return r;
		held.data = data;
		memory = &held;
	}
	return port->start(port->context, program, memory ? -1 : file, memory, ret_fd);
}

static int pump(struct weir_unpack *u, int fd, char *piece,
		int (*text)(void *context, const char *data, size_t len), void *context)
{
	for (;;) {
		struct pollfd p = {.fd = fd, .events = POLLIN};
		int n = poll(&p, 1, WAIT_MS), r = weir_read_tick(u);
		ssize_t got;

		if (r < 0)
			return r;
		if (n == 0 || (n < 0 && errno == EINTR))
			continue;
		got = read(fd, piece, PIECE);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return 0;
		r = text(context, piece, (size_t)got);
		if (r < 0)
			return r;
	}
}

int weir_read_program(struct weir_unpack *u, enum weir_external program,
		      const struct weir_bytes *bytes,
		      int (*text)(void *context, const char *data, size_t len), void *context,
		      int *ret_end)
{
	const struct weir_unpack_port *port = weir_read_port(u);
	char *piece _cleanup_(freep) = malloc(PIECE);
	int fd, r, end;

	if (!piece)
		return -ENOMEM;
	end = start(u, program, bytes, &fd);
	if (end < 0) {
		*ret_end = end;
		return weir_read_tick(u);
	}
	r = pump(u, fd, piece, text, context);
	end = port->finish(port->context, fd);
	*ret_end = end;
	return r;
}
