/* SPDX-License-Identifier: Apache-2.0 */
/* A file of kept labels, whoever wrote it: it is bounded, and what is taken from it is taken again in the same way. */
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "weir/base/fd.h"
#include "weir/labels/labels.h"

#define MAX    8
#define RECORD 128

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int holds)
{
	if (!holds)
		abort();
}

static struct weir_labels_health read_it(const char *path)
{
	struct weir_labels *labels _cleanup_(weir_labels_freep) = NULL;
	struct weir_labels_volume volume;
	struct weir_labels_health ret;
	struct weir_labels_file file;
	int root _cleanup_(weir_closep) = open("/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	size_t cursor = 0;

	require(weir_labels_open(path, MAX, &labels) == 0);
	weir_labels_health(labels, &ret);
	memcpy(volume.id, "a volume, 16 by.", sizeof(volume.id));
	while (weir_labels_next(labels, root, &volume, &cursor, &file) == 1)
		weir_close(file.fd);
	require(cursor == MAX);
	return ret;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char path[] = "/tmp/weir-fuzz-labels-XXXXXX";
	int fd = mkstemp(path);
	struct weir_labels_health first, second;
	struct stat st;

	require(fd >= 0 && weir_write_full(fd, data, size) == 0);
	close(fd);
	first = read_it(path);
	require(first.kept + first.damaged <= MAX);
	require(stat(path, &st) == 0 && st.st_size <= (MAX + 1) * RECORD);
	second = read_it(path);
	require(!second.anew && second.kept <= first.kept && second.damaged <= first.damaged);
	require(unlink(path) == 0);
	return 0;
}
