/* SPDX-License-Identifier: Apache-2.0 */
/* bench_flood FOLDER SECONDS RATE WRITES: opens a file, writes WRITES times 1 KiB of clean text and closes it, one file after the
 * other under NAMES names, RATE openings and writes a second in all (0: as many as go). They are not cut to nothing first, as ext4
 * takes such a file to the disk when it is closed. Prints as one object of JSON how many there were, the longest of each in
 * nanoseconds, and how many openings took longer than a tenth of a second. */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "weir/base/fd.h"
#include "weir/base/parse.h"
#include "weir/base/time.h"

#define NAMES	1000
#define PIECE	1024
#define SLOW_NS (100 * WEIR_NSEC_PER_MSEC)

struct flood {
	int folder;
	uint64_t rate, writes;
	uint64_t opens, written, slow;
	uint64_t longest_open, longest_write;
	char text[PIECE];
};

static uint64_t since(uint64_t start, uint64_t *longest)
{
	uint64_t took = weir_now_monotonic() - start;

	*longest = WEIR_MAX(*longest, took);
	return took;
}

static int write_file(struct flood *flood)
{
	int fd _cleanup_(weir_closep) = -1;
	char name[32];
	uint64_t start;

	(void)snprintf(name, sizeof(name), "flood-%" PRIu64 ".txt", flood->opens % NAMES);
	start = weir_now_monotonic();
	fd = openat(flood->folder, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	flood->opens++;
	flood->slow += since(start, &flood->longest_open) > SLOW_NS;
	for (uint64_t i = 0; i < flood->writes; i++) {
		start = weir_now_monotonic();
		if (write(fd, flood->text, sizeof(flood->text)) != sizeof(flood->text))
			return -errno;
		flood->written++;
		(void)since(start, &flood->longest_write);
	}
	return 0;
}

static void wait_until(uint64_t ns)
{
	struct timespec when = {.tv_sec = (time_t)(ns / WEIR_NSEC_PER_SEC),
				.tv_nsec = (long)(ns % WEIR_NSEC_PER_SEC)};

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &when, NULL) == EINTR)
		;
}

static int run(struct flood *flood, uint64_t seconds)
{
	uint64_t start = weir_now_monotonic(), end = start + seconds * WEIR_NSEC_PER_SEC;
	int r = 0;

	while (r == 0 && weir_now_monotonic() < end) {
		r = write_file(flood);
		if (flood->rate)
			wait_until(start + (flood->opens + flood->written) * WEIR_NSEC_PER_SEC /
						   flood->rate);
	}
	return r;
}

static void make_text(char text[static PIECE])
{
	static const char line[] =
		"2026-11-22 14:05 order 48211 for shop 17: 3 boxes of tea, cash\n";

	for (size_t i = 0; i < PIECE; i++)
		text[i] = line[i % (sizeof(line) - 1)];
}

int main(int argc, char **argv)
{
	struct flood flood = {.folder = -1};
	uint64_t seconds;
	int r;

	if (argc != 5 || weir_parse_u64(argv[2], &seconds) < 0 ||
	    weir_parse_u64(argv[3], &flood.rate) < 0 ||
	    weir_parse_u64(argv[4], &flood.writes) < 0) {
		(void)fprintf(stderr, "usage: bench_flood FOLDER SECONDS RATE WRITES\n");
		return 2;
	}
	flood.folder = open(argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	r = flood.folder < 0 ? -errno : 0;
	make_text(flood.text);
	if (r == 0)
		r = run(&flood, seconds);
	weir_close(flood.folder);
	if (r < 0) {
		(void)fprintf(stderr, "%s: %s\n", argv[1], strerror(-r));
		return 1;
	}
	printf("{\"opens\": %" PRIu64 ", \"writes\": %" PRIu64 ", \"longest_open_ns\": %" PRIu64
	       ", \"longest_write_ns\": %" PRIu64 ", \"slow_opens\": %" PRIu64 "}\n",
	       flood.opens, flood.written, flood.longest_open, flood.longest_write, flood.slow);
	return 0;
}
