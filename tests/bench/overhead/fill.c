/* SPDX-License-Identifier: Apache-2.0 */
/* bench_fill FILE BLOCK MIB: writes a file of MIB mebibytes in blocks of BLOCK bytes, through the page cache, as fio does. */

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "weir/base/fd.h"
#include "weir/base/parse.h"

static int usage(void)
{
	(void)fprintf(stderr, "usage: bench_fill FILE BLOCK MIB\n");
	return 2;
}

static int fill(int fd, uint64_t block, uint64_t mib)
{
	char *data _cleanup_(freep) = malloc(block);
	int r = 0;

	if (!data)
		return -1;
	memset(data, 'w', block);
	for (uint64_t at = 0; r == 0 && at + block <= mib << 20; at += block)
		r = weir_write_full(fd, data, block);
	return r;
}

int main(int argc, char **argv)
{
	int fd _cleanup_(weir_closep) = -1;
	uint64_t block, mib;

	if (argc != 4 || weir_parse_size(argv[2], &block) < 0 ||
	    weir_parse_u64(argv[3], &mib) < 0 || block == 0 || block > 1 << 30)
		return usage();
	fd = open(argv[1], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0 || fill(fd, block, mib) < 0) {
		perror(argv[1]);
		return 1;
	}
	return 0;
}
