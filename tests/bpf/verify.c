/* SPDX-License-Identifier: Apache-2.0 */
/* verify OBJECT...: loads BPF objects and prints what the verifier had to walk for each program.
 *
 *   ok NAME.bpf.o: N programs
 *       PROGRAM: INSTRUCTIONS instructions, stack DEPTH
 *   refused NAME.bpf.o
 *       the end of the verifier's log
 *
 * INSTRUCTIONS may not exceed a million, nor what DEPTH adds up to on the deepest way 512 bytes; what a kernel takes with little
 * room to spare the next change of a program will not get through. Ends with 0 in either case. */

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PROGRAMS_MAX 64
#define LOG_BYTES    (16 * 1024 * 1024) /* of one program; a refusal writes down the way to it */
#define LOG_STATS    4
#define TAIL_LINES   12
#define LINE_SHOWN   200

static int quiet(enum libbpf_print_level level, const char *format, va_list args)
{
	return 0;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* The text of log between after and the next character of stop, NULL when after is not there. */
static const char *find(const char *log, const char *after, const char *stop, int *ret_len)
{
	const char *at = strstr(log, after);

	if (!at)
		return NULL;
	at += strlen(after);
	*ret_len = (int)strcspn(at, stop);
	return at;
}

static void print_stats(const char *program, const char *log)
{
	int n = 0, depth = 0;
	const char *insns = find(log, "processed ", " ", &n);
	const char *stack = find(log, "stack depth ", "\n", &depth);

	printf("    %s: %.*s instructions, stack %.*s\n", program, n, insns ? insns : "", depth,
	       stack ? stack : "");
}

/* The last lines of log. */
static void print_tail(const char *log)
{
	const char *at = log + strlen(log);
	int lines = 0;

	while (at > log && lines <= TAIL_LINES)
		lines += *--at == '\n';
	while (*at) {
		size_t len = strcspn(at, "\n");

		if (len)
			printf("    %.*s\n", (int)(len < LINE_SHOWN ? len : LINE_SHOWN), at);
		at += len + (at[len] == '\n');
	}
}

static void print_loaded(const char *path, const struct bpf_object *object, char *const *logs)
{
	struct bpf_program *program;
	int n = 0, loaded = 0;

	bpf_object__for_each_program(program, object) loaded += bpf_program__fd(program) >= 0;
	printf("ok %s: %d programs\n", base_name(path), loaded);
	bpf_object__for_each_program(program, object) if (*logs[n++])
		print_stats(bpf_program__name(program), logs[n - 1]);
}

/* Programs are loaded one after the other: the last log is that of the one that was refused. */
static void print_refused(const char *path, char *const *logs, int error)
{
	const char *last = "";

	printf("refused %s: %s\n", base_name(path), strerror(-error));
	for (int i = 0; i < PROGRAMS_MAX && logs[i]; i++)
		if (*logs[i])
			last = logs[i];
	print_tail(last);
}

/* Programs that are for kernels with their hook ("?" before the section) are loaded where it is, as by the agent. */
static bool is_wanted(const struct btf *kernel, const struct bpf_program *program)
{
	const char *section = bpf_program__section_name(program), *hook = strchr(section, '/');
	char name[128];

	if (bpf_program__autoload(program))
		return true;
	if (!hook || !kernel)
		return false;
	(void)snprintf(name, sizeof(name), "%s%s", strncmp(section, "lsm", 3) ? "" : "bpf_lsm_",
		       hook + 1);
	return btf__find_by_name_kind(kernel, name, BTF_KIND_FUNC) > 0;
}

static int prepare(const struct btf *kernel, struct bpf_object *object, char **logs)
{
	struct bpf_program *program;
	int n = 0;

	bpf_object__for_each_program(program, object)
	{
		if (n == PROGRAMS_MAX)
			return -E2BIG;
		logs[n] = calloc(1, LOG_BYTES);
		if (!logs[n])
			return -ENOMEM;
		bpf_program__set_log_buf(program, logs[n++], LOG_BYTES);
		bpf_program__set_log_level(program, LOG_STATS);
		bpf_program__set_autoload(program, is_wanted(kernel, program));
	}
	return 0;
}

static int verify(const struct btf *kernel, const char *path)
{
	char *logs[PROGRAMS_MAX] = {};
	struct bpf_object *object = bpf_object__open_file(path, NULL);
	int r;

	if (!object) {
		fprintf(stderr, "verify: %s: %s\n", path, strerror(errno));
		return -errno;
	}
	r = prepare(kernel, object, logs);
	if (r < 0) {
		fprintf(stderr, "verify: %s: %s\n", path, strerror(-r));
	} else {
		int error = bpf_object__load(object);

		if (error)
			print_refused(path, logs, error);
		else
			print_loaded(path, object, logs);
	}
	bpf_object__close(object);
	for (int i = 0; i < PROGRAMS_MAX; i++)
		free(logs[i]);
	return r;
}

int main(int argc, char **argv)
{
	struct btf *kernel;
	int r = 0;

	libbpf_set_print(quiet);
	kernel = btf__load_vmlinux_btf();
	for (int i = 1; i < argc && r >= 0; i++) {
		r = verify(kernel, argv[i]);
		(void)fflush(stdout);
	}
	btf__free(kernel);
	return r < 0;
}
