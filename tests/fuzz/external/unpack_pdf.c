/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack.h"

/* A program whose output is the document itself, up to what a pipe takes at once. */
static int start(void *context, enum weir_external program, int file,
		 const struct weir_memory *data, int *ret_fd)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0)
		abort();
	(void)!write(ends[1], data->data, WEIR_MIN(data->len, (size_t)4096));
	(void)close(ends[1]);
	*ret_fd = ends[0];
	return 0;
}

static int finish(void *context, int fd)
{
	(void)close(fd);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const struct weir_unpack_port port = {.start = start,
						     .finish = finish,
						     .programs = 1U << WEIR_EXTERNAL_PDF |
								 1U << WEIR_EXTERNAL_PDF_IMAGES |
								 1U << WEIR_EXTERNAL_OCR};

	if (len > 1 << 20)
		return 0;
	return unpack_as("%PDF-", 5, data, len, &port);
}
