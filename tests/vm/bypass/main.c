/* SPDX-License-Identifier: Apache-2.0 */
/* bypass NAME SOURCE TARGET, bypass --list: runs one technique. Exit: 0 done, 1 refused (what and why on stderr), 2 usage. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "bypass.h"
#include "weir/base/buf.h"
#include "weir/base/fd.h"

#define SOURCE_MAX (1u << 20)
#define ROOM	   (2 << 20)

static const struct bypass_family *const families[] = {
	&bypass_plain,	 &bypass_small,	 &bypass_race,	 &bypass_async,
	&bypass_copy,	 &bypass_alloc,	 &bypass_map,	 &bypass_names,
	&bypass_process, &bypass_spaces, &bypass_device,
};

static const char *const needs[] = {"ext4", "device", "label", "parts", "older", "reflink"};

static void list_family(const struct bypass_family *family)
{
	for (size_t i = 0; i < family->count; i++) {
		const struct bypass_technique *row = &family->rows[i];

		printf("%s\t%s\t%s\t%s\t%s\t%s\t", family->name, family->title, family->chinese,
		       row->name, row->title, row->chinese);
		for (size_t n = 0; n < ARRAY_SIZE(needs); n++)
			if (row->needs & 1u << n)
				printf("%s ", needs[n]);
		putchar('\n');
	}
}

/* A technique's place on a disk goes by its row, so that none of a family overwrites another's trace. */
static const struct bypass_technique *find(const char *name, off_t *ret_place)
{
	for (size_t f = 0; f < ARRAY_SIZE(families); f++)
		for (size_t i = 0; i < families[f]->count; i++)
			if (strcmp(families[f]->rows[i].name, name) == 0) {
				*ret_place = (off_t)(i + 2) * ROOM;
				return &families[f]->rows[i];
			}
	return NULL;
}

int main(int argc, char **argv)
{
	struct weir_buf data _cleanup_(weir_buf_done) = WEIR_BUF_INIT(SOURCE_MAX);
	struct bypass_job job = {0};
	const struct bypass_technique *technique;

	if (argc == 2 && strcmp(argv[1], "--list") == 0) {
		for (size_t f = 0; f < ARRAY_SIZE(families); f++)
			list_family(families[f]);
		return 0;
	}
	technique = argc == 4 ? find(argv[1], &job.place) : NULL;
	if (!technique) {
		fprintf(stderr, "usage: bypass NAME SOURCE TARGET | bypass --list\n");
		return 2;
	}
	job.source = argv[2];
	job.target = argv[3];
	errno = -weir_read_file(AT_FDCWD, job.source, &data);
	if (errno) {
		bypass_refused("source");
		return 1;
	}
	job.data = data.data;
	job.len = data.len;
	return technique->run(&job) < 0 ? 1 : 0;
}
