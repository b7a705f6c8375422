/* SPDX-License-Identifier: Apache-2.0 */
/* bench_hooks [--programs] LOCAL SINK ADDRESS TURNS: makes the calls that our hooks sit on, in rounds, and prints for each
 *   call<TAB>NAME<TAB>NS<TAB>CPU_NS        per call, the least of the rounds: by the clock, and of this process and its children
 * --programs, while an agent runs, has the kernel keep time of the BPF programs, and prints for each that ran
 *   program<TAB>NAME<TAB>PROGRAM<TAB>RUNS<TAB>NS     runs per call, nanoseconds per run
 * LOCAL and SINK are folders; to ADDRESS (IPv4) datagrams are sent. Where the guest counts instructions, read "instructions" for
 * nanoseconds. */

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "calls.h"
#include "programs.h"
#include "weir/base/fd.h"
#include "weir/base/parse.h"
#include "weir/base/time.h"

#define ROUNDS 7
#define PORT   9009

struct timing {
	double ns[ROUNDS], cpu_ns[ROUNDS];
};

static uint64_t cpu_of(int who)
{
	struct rusage usage;

	(void)getrusage(who, &usage);
	return (uint64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * WEIR_NSEC_PER_SEC +
	       (uint64_t)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * WEIR_NSEC_PER_USEC;
}

static uint64_t cpu_now(void)
{
	return cpu_of(RUSAGE_SELF) + cpu_of(RUSAGE_CHILDREN);
}

static int run_turns(const struct call *call, struct work *work, uint64_t turns)
{
	int r = 0;

	for (work->turn = 0; r == 0 && work->turn < turns; work->turn++)
		r = call->once(work);
	return r;
}

static int run_round(const struct call *call, struct work *work, uint64_t turns,
		     struct timing *timing, int round)
{
	uint64_t ns, cpu;
	int r = call->begin ? call->begin(work, turns) : 0;

	if (r == 0) {
		ns = weir_now_monotonic();
		cpu = cpu_now();
		r = run_turns(call, work, turns);
		timing->cpu_ns[round] = (double)(cpu_now() - cpu) / (double)turns;
		timing->ns[round] = (double)(weir_now_monotonic() - ns) / (double)turns;
	}
	if (call->end)
		call->end(work);
	return r;
}

/* What others take from a round is not the call's. */
static double least(const double values[static ROUNDS])
{
	double best = values[0];

	for (int i = 1; i < ROUNDS; i++)
		best = WEIR_MIN(best, values[i]);
	return best;
}

static const struct program *by_id(const struct program *programs, int n, uint32_t id)
{
	for (int i = 0; i < n; i++)
		if (programs[i].id == id)
			return &programs[i];
	return NULL;
}

static void print_programs(const struct account *account, const char *name, uint64_t turns,
			   const struct program *before, int n_before)
{
	struct program after[BENCH_PROGRAMS];
	int n = bench_account_read(account, after);

	for (int i = 0; i < n; i++) {
		const struct program *old = by_id(before, n_before, after[i].id);
		uint64_t runs = after[i].runs - (old ? old->runs : 0);
		uint64_t ns = after[i].ns - (old ? old->ns : 0);

		if (runs * 2 >= turns) /* fewer are somebody else's */
			printf("program\t%s\t%s\t%.2f\t%.0f\n", name, after[i].name,
			       (double)runs / (double)turns, (double)ns / (double)runs);
	}
}

static int measure(const struct call *call, struct work *work, uint64_t turns,
		   const struct account *account)
{
	struct program before[BENCH_PROGRAMS];
	struct timing timing = {0};
	int r = 0, n = account ? bench_account_read(account, before) : 0;

	if (n < 0)
		return n;
	turns = WEIR_MAX(turns / (call->dear ? call->dear : 1), UINT64_C(4));
	work->folder = work->folders[call->place];
	work->data = work->buffers[call->content];
	work->size = call->size;
	for (int round = 0; r == 0 && round < ROUNDS; round++)
		r = run_round(call, work, turns, &timing, round);
	if (r < 0) {
		(void)fprintf(stderr, "%s: %s\n", call->name, strerror(-r));
		return r;
	}
	if (account)
		print_programs(account, call->name, turns * ROUNDS, before, n);
	else
		printf("call\t%s\t%.1f\t%.1f\n", call->name, least(timing.ns),
		       least(timing.cpu_ns));
	(void)fflush(stdout);
	return 0;
}

/* What people write: words, dates, amounts, and numbers that are nobody's. */
static void make_text(char text[static BENCH_BUFFER])
{
	size_t at = 0;

	for (unsigned n = 0; at < BENCH_BUFFER; n++) {
		char line[128];
		int len = snprintf(line, sizeof(line),
				   "2026-11-%02u %02u:%02u order %u for shop %u: %u boxes of tea, "
				   "%u.%02u yuan, paid in cash\n",
				   n % 28 + 1, n % 24, n % 60, 48211 + n, n % 900, n % 12 + 1,
				   n % 3000, n % 100);
		size_t fits = WEIR_MIN((size_t)len, BENCH_BUFFER - at);

		memcpy(text + at, line, fits);
		at += fits;
	}
}

static void make_binary(char bytes[static BENCH_BUFFER])
{
	uint64_t state = 1;

	for (size_t at = 0; at < BENCH_BUFFER; at += sizeof(state)) {
		state ^= state << 13;
		state ^= state >> 7;
		state ^= state << 17;
		memcpy(bytes + at, &state, sizeof(state));
	}
}

static int usage(void)
{
	(void)fprintf(stderr, "usage: bench_hooks [--programs] LOCAL SINK ADDRESS TURNS\n");
	return 2;
}

static int open_folder(const char *path)
{
	return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

int main(int argc, char **argv)
{
	static char text[BENCH_BUFFER], binary[BENCH_BUFFER];
	struct work work = {.folders = {-1, -1}, .buffers = {text, binary}, .fd = -1};
	bool programs = argc > 1 && strcmp(argv[1], "--programs") == 0;
	struct account account = {.stats = -1};
	int r = 0;
	uint64_t turns;

	argv += programs;
	if (argc - programs != 5 || weir_parse_u64(argv[4], &turns) < 0 ||
	    inet_pton(AF_INET, argv[3], &work.peer.sin_addr) != 1)
		return usage();
	work.peer.sin_family = AF_INET;
	work.peer.sin_port = htons(PORT);
	work.folders[BENCH_LOCAL] = open_folder(argv[1]);
	work.folders[BENCH_SINK] = open_folder(argv[2]);
	if (work.folders[BENCH_LOCAL] < 0 || work.folders[BENCH_SINK] < 0)
		return usage();
	make_text(text);
	make_binary(binary);
	if (programs) {
		r = bench_account_open(&account);
		if (r < 0)
			(void)fprintf(stderr, "bpf_enable_stats: %s\n", strerror(-r));
	}
	for (size_t i = 0; r == 0 && i < bench_n_calls; i++)
		r = measure(&bench_calls[i], &work, turns, programs ? &account : NULL);
	bench_account_close(&account);
	weir_close(work.folders[BENCH_LOCAL]);
	weir_close(work.folders[BENCH_SINK]);
	return r < 0;
}
