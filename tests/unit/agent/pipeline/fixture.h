/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TEST_PIPELINE_FIXTURE_H
#define TEST_PIPELINE_FIXTURE_H

/* One fake pipeline for each test, and what most of them do with it. Needs cmocka.h before it. */

#include <stdio.h>
#include <sys/stat.h>

#include "fakes.h"
#include "weir/base/fd.h"

static struct fake fake;

static inline int setup(void **state)
{
	fake_new(&fake);
	return 0;
}

static inline int teardown(void **state)
{
	fake_done(&fake);
	return 0;
}

/* Of a file on the sink; -1: there is none. */
static inline off_t size_of(const char *name)
{
	char path[256];
	struct stat st;

	snprintf(path, sizeof(path), "%s/%s", fake.sink, name);
	return stat(path, &st) < 0 ? -1 : st.st_size;
}

static inline void close_file(struct weir_watch_file file)
{
	weir_pipeline_closed(fake.pipeline, &file);
	weir_close(file.fd);
}

static inline struct weir_abi_process kernel_process(void)
{
	return (struct weir_abi_process){.tgid = 77,
					 .tid = 77,
					 .ppid = 1,
					 .uid = 1000,
					 .loginuid = 1000,
					 .comm = "cp",
					 .exe = "/usr/bin/cp"};
}

/* Of the kernel, about the file "leak" on the sink, of which so many bytes may have landed. What became of the record. */
static inline int verdict(struct weir_abi_inode target, uint64_t landed_end)
{
	struct weir_abi_verdict record = {
		.hdr = {.seq = 9,
			.boot_ns = 1,
			.size = sizeof(record),
			.abi = WEIR_ABI_VERSION,
			.type = WEIR_ABI_REC_VERDICT},
		.process = kernel_process(),
		.target = target,
		.landed_end = landed_end,
		.distinct = {5},
		.names_len = 5,
		.action = WEIR_ABI_ACTION_BLOCK,
		.cause = WEIR_ABI_CAUSE_CONTENT,
		.hook = WEIR_ABI_HOOK_FILE_PERMISSION,
		.tier = WEIR_ABI_TIER_LSM,
		.channel = WEIR_ABI_CHANNEL_REMOVABLE,
		.profile = WEIR_ABI_PROFILE_REMOVABLE,
		.names = "leak",
	};

	return weir_pipeline_record(fake.pipeline, &record, sizeof(record));
}

#endif
