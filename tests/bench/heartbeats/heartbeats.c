/* SPDX-License-Identifier: Apache-2.0 */
/* bench_heartbeats rate sqlite|postgresql [HEARTBEATS [ROUNDS [CONNECTIONS]]]
 * bench_heartbeats idle sqlite|postgresql [CONNECTIONS]...
 *
 * Heartbeats over the console's Unix socket, as nginx hands them over, beside sockets alone and
 * libmicrohttpd alone in the same run. rate: heartbeats that are answered at once; rounds in turn,
 * median. idle: what a heartbeat that waits holds, what it costs to ask about it again, and how long
 * it takes until all of them are told something. */

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "fleet.h"
#include "load.h"
#include "raw.h"
#include "weir/base/fd.h"
#include "weir/base/macros.h"
#include "weir/base/parse.h"
#include "weir/base/time.h"

#define ENDPOINTS  20000 /* more than any of them is held back for beating too often */
#define ROUNDS_MAX 15
#define OTHER	   2100 /* files beside the connections, as the console has it */
#define N_KINDS	   3

static const char *const kinds[N_KINDS] = {"sockets alone", "libmicrohttpd alone", "weir-console"};

struct setup {
	bool postgresql;
	uint32_t count, rounds, connections;
};

/* One kind of server that runs. */
struct server {
	struct fleet *fleet;
	struct raw *raw;
	const char *socket;
};

struct figure {
	double rate, cpu_us;
};

/* The database's server counts as the console's. */
static double cpu_of(const struct server *server)
{
	if (server->raw)
		return process_cpu(raw_pid(server->raw));
	return process_cpu(server->fleet->console.pid) +
	       process_children_cpu(server->fleet->pg.pid);
}

static struct figure beat(const struct server *server, struct load *load, uint64_t *sequences,
			  uint32_t count)
{
	const uint64_t start = weir_now_monotonic();
	const double cpu = cpu_of(server);

	load_beat(load, count, sequences, ENDPOINTS);
	return (struct figure){
		.rate = count / ((double)(weir_now_monotonic() - start) / 1e9),
		.cpu_us = (cpu_of(server) - cpu) / count * 1e6,
	};
}

static int compare(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *numbers, size_t n)
{
	qsort(numbers, n, sizeof(*numbers), compare);
	return numbers[n / 2];
}

static void print_rate(unsigned kind, const struct figure *figures, size_t n,
		       const struct figure *than)
{
	double rate[ROUNDS_MAX], cpu[ROUNDS_MAX];

	for (size_t i = 0; i < n; i++) {
		rate[i] = figures[i].rate;
		cpu[i] = figures[i].cpu_us;
	}
	printf("%-20s %8.0f/s %7.1f us of CPU each", kinds[kind], median(rate, n), median(cpu, n));
	if (than)
		printf(", slowest round %.0f/s", rate[0]);
	printf("\n");
}

static struct load *open_known(const struct server *server, const struct setup *setup,
			       uint64_t *sequences)
{
	struct load *load = load_open(server->socket, setup->connections);

	load_beat(load, ENDPOINTS, sequences, ENDPOINTS);
	return load;
}

/* The raw ones say what the console said. */
static void run_rate(const struct setup *setup)
{
	static struct fleet fleet;
	static uint64_t sequences[N_KINDS][ENDPOINTS];
	static struct figure figures[N_KINDS][ROUNDS_MAX];
	struct server servers[N_KINDS];
	struct load *loads[N_KINDS];
	const char *answer;
	size_t len;

	fleet_open(&fleet, setup->postgresql, ENDPOINTS, setup->connections);
	servers[2] = (struct server){.fleet = &fleet, .socket = fleet.console.socket};
	loads[2] = open_known(&servers[2], setup, sequences[2]);
	answer = load_body(loads[2], &len);
	printf("%u heartbeats a round, %u connections, %u endpoints, answers of %zu bytes, %s\n",
	       setup->count, setup->connections, ENDPOINTS, len,
	       setup->postgresql ? "postgresql" : "sqlite");
	for (unsigned kind = 0; kind < 2; kind++) {
		struct raw *raw = raw_start((enum raw_kind)kind, setup->connections, answer, len);

		servers[kind] = (struct server){.raw = raw, .socket = raw_socket(raw)};
		loads[kind] = open_known(&servers[kind], setup, sequences[kind]);
	}
	for (uint32_t i = 0; i < setup->rounds; i++)
		for (unsigned kind = 0; kind < N_KINDS; kind++)
			figures[kind][i] =
				beat(&servers[kind], loads[kind], sequences[kind], setup->count);
	for (unsigned kind = 0; kind < N_KINDS; kind++) {
		print_rate(kind, figures[kind], setup->rounds, kind ? figures[0] : NULL);
		load_close(loads[kind]);
		if (servers[kind].raw)
			raw_stop(servers[kind].raw);
	}
	fleet_close(&fleet);
}

/* Of a file of lines "Name:  N kB": the sum of those that begin with one of the names, in bytes. */
static double sum_kb(const char *path, const char *first, const char *second)
{
	FILE *file = fopen(path, "re");
	char line[256];
	double sum = 0;

	if (!file)
		die(path);
	while (fgets(line, sizeof(line), file))
		if (strncmp(line, first, strlen(first)) == 0 ||
		    strncmp(line, second, strlen(second)) == 0)
			sum += strtod(strchr(line, ':') + 1, NULL) * 1024;
	(void)fclose(file);
	return sum;
}

struct memory {
	double own, kernel;
};

/* What is the process's own, and what the whole machine's kernel holds in small pieces: with many
 * connections these are most of what changes. */
static struct memory memory_of(pid_t pid)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%d/smaps_rollup", (int)pid);
	return (struct memory){sum_kb(path, "Private_Dirty:", "Private_Clean:"),
			       sum_kb("/proc/meminfo", "Slab:", "Slab:")};
}

static void sleep_ms(unsigned ms)
{
	const struct timespec pause = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L};

	nanosleep(&pause, NULL);
}

static uint32_t waiting_at(const struct server *server)
{
	return server->raw ? raw_waiting(server->raw) : fleet_waiting(server->fleet);
}

/* All of them ask, and wait, and the console has written down that it saw them. */
static struct load *fill(const struct server *server, uint32_t n, uint64_t *sequences)
{
	struct load *load = load_open(server->socket, n);
	unsigned turns = 0;

	load_wait(load, sequences);
	while (waiting_at(server) < n && turns++ < 600)
		sleep_ms(100);
	if (waiting_at(server) < n)
		printf("only %u of %u wait\n", waiting_at(server), n);
	sleep_ms(server->raw ? 500 : 4000);
	return load;
}

/* Seconds of CPU until nothing is done any more, and in *ret_ms how long that was. */
static double until_quiet(const struct server *server, double *ret_ms)
{
	const uint64_t start = weir_now_monotonic();
	const double before = cpu_of(server);
	double cpu = before, now;
	unsigned still = 0;

	*ret_ms = 0;
	while (still < 40) {
		sleep_ms(25);
		now = cpu_of(server);
		still = now == cpu ? still + 1 : 0;
		if (now != cpu)
			*ret_ms = (double)(weir_now_monotonic() - start) / 1e6;
		cpu = now;
	}
	return cpu - before;
}

static void print_idle(unsigned kind, uint32_t n, pid_t pid, const struct memory *before)
{
	const struct memory now = memory_of(pid);

	printf("%6u %-20s %7.0f B its own, %6.0f B of the kernel", n, kinds[kind],
	       (now.own - before->own) / n, (now.kernel - before->kernel) / n);
}

static void run_idle_raw(unsigned kind, uint32_t n, uint64_t *sequences)
{
	struct raw *raw = raw_start((enum raw_kind)kind, n, "{}", 2);
	const struct server server = {.raw = raw, .socket = raw_socket(raw)};
	struct memory before;
	struct load *load;

	sleep_ms(500);
	before = memory_of(raw_pid(raw));
	load = fill(&server, n, sequences);
	print_idle(kind, n, raw_pid(raw), &before);
	printf("\n");
	raw_stop(raw);
	load_close(load);
}

static double ms_between(uint64_t from_ns, uint64_t to_ns)
{
	return (double)(to_ns - from_ns) / 1e6;
}

/* All are asked about again and wait on; then all are told something. */
static void run_idle_console(const struct setup *setup, uint32_t n, uint64_t *sequences)
{
	struct fleet fleet;
	struct server server = {.fleet = &fleet};
	struct memory before;
	struct load *load;
	uint64_t start, *times;
	double cpu, ms;

	fleet_open(&fleet, setup->postgresql, n, n);
	server.socket = fleet.console.socket;
	before = memory_of(fleet.console.pid);
	load = fill(&server, n, sequences);
	print_idle(2, n, fleet.console.pid, &before);
	fleet_announce(&fleet);
	cpu = until_quiet(&server, &ms);
	printf("; asked again: %.0f us of CPU each, all in %.0f ms", cpu / n * 1e6, ms);
	if (load_poll(load) != 0)
		die("somebody was answered who had to wait on");
	fleet_quarantine(&fleet);
	start = weir_now_monotonic();
	cpu = cpu_of(&server);
	fleet_announce(&fleet);
	times = load_answers(load, 403);
	printf("; told: %.0f us of CPU each, half in %.0f ms, 99 %% in %.0f ms, all in %.0f ms\n",
	       (cpu_of(&server) - cpu) / n * 1e6, ms_between(start, times[n / 2]),
	       ms_between(start, times[n - 1 - n / 100]), ms_between(start, times[n - 1]));
	free(times);
	load_close(load);
	fleet_close(&fleet);
}

/* As far as the hard limit, or above it where that is allowed. */
static bool allow_files(uint32_t n)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) < 0)
		die("no limit");
	files.rlim_cur = n + OTHER;
	files.rlim_max = WEIR_MAX(files.rlim_max, files.rlim_cur);
	return setrlimit(RLIMIT_NOFILE, &files) == 0;
}

static void run_idle(const struct setup *setup, uint32_t n)
{
	uint64_t *sequences;

	if (!allow_files(n)) {
		printf("%6u left out: the hard limit on open files is lower\n", n);
		return;
	}
	sequences = calloc(WEIR_MAX(n, 1U), sizeof(*sequences));
	if (!sequences)
		die("no memory");
	for (unsigned kind = 0; kind < 2; kind++) {
		run_idle_raw(kind, n, sequences);
		memset(sequences, 0, n * sizeof(*sequences));
	}
	run_idle_console(setup, n, sequences);
	free(sequences);
	(void)fflush(stdout);
}

int main(int argc, char **argv)
{
	struct setup setup = {.count = 50000, .rounds = 5, .connections = 64};
	uint32_t *const numbers[] = {&setup.count, &setup.rounds, &setup.connections};
	static const uint32_t curve[] = {1000, 4000, 16000, 64000};
	const bool rate = argc > 2 && strcmp(argv[1], "rate") == 0;
	uint32_t n;

	setvbuf(stdout, NULL, _IOLBF, 0);
	errno = EINVAL;
	if (argc < 3 || (!rate && strcmp(argv[1], "idle") != 0) || (rate && argc > 6))
		die("rate|idle sqlite|postgresql [NUMBER]...");
	setup.postgresql = strcmp(argv[2], "postgresql") == 0;
	for (int i = 3; i < argc; i++) {
		if (weir_parse_u32(argv[i], &n) < 0 || n == 0)
			die("not a number");
		if (rate)
			*numbers[i - 3] = n;
		else
			run_idle(&setup, n);
	}
	if (rate && (setup.rounds > ROUNDS_MAX || setup.connections > ENDPOINTS / 4))
		die("out of range");
	if (rate)
		run_rate(&setup);
	for (size_t i = 0; !rate && argc == 3 && i < ARRAY_SIZE(curve); i++)
		run_idle(&setup, curve[i]);
	return 0;
}
