/* SPDX-License-Identifier: Apache-2.0 */
#include "host.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "scratch.h"
#include "synthetic.h"
#include "weir/base/buf.h"
#include "weir/base/fd.h"
#include "weir/proto/spool_reader.h"

#define PATIENCE_STEPS 1200 /* of 50 ms: for a slow machine, not a measurement */

static const char policy_text[] =
	"apiVersion: weir/v1\n"
	"kind: Policy\n"
	"metadata: {name: test}\n"
	"classes:\n"
	"  identity: {level: C2, detectors: [cn_resident_id], min_confidence: 50}\n"
	"rules:\n"
	"  - id: stick\n"
	"    channel: [removable]\n"
	"    content: {class: identity, distinct: \">=5\"}\n"
	"    action: block\n"
	"  - id: local\n"
	"    channel: [file]\n"
	"    content: {class: identity, distinct: \">=5\"}\n"
	"    action: audit\n";

int host_namespace(void)
{
	if (geteuid() != 0 || access("/dev/loop-control", F_OK) < 0)
		return -1;
	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return -1;
	return 0;
}

static void pause_a_little(void)
{
	static const struct timespec step = {.tv_nsec = 50000000};

	nanosleep(&step, NULL);
}

pid_t host_sh_start(struct host *host, const char *command)
{
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0) {
		int null = open("/dev/null", O_RDWR | O_CLOEXEC);

		if (chdir(host->dir) < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0 ||
		    dup2(null, 2) < 0)
			_exit(126);
		execl("/bin/sh", "sh", "-c", command, NULL);
		_exit(127);
	}
	return child;
}

int host_sh(struct host *host, const char *fmt, ...)
{
	char command[1024];
	va_list args;
	pid_t child;
	int status;

	va_start(args, fmt);
	assert_true(vsnprintf(command, sizeof(command), fmt, args) < (int)sizeof(command));
	va_end(args);
	child = host_sh_start(host, command);
	assert_int_equal(waitpid(child, &status, 0), child);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void host_umount(struct host *host, const char *volume)
{
	assert_int_equal(
		host_sh(host, "for i in $(seq 600); do umount %s && exit; sleep 0.1; done; exit 1",
			volume),
		0);
}

static void write_text(const char *path, const char *text)
{
	assert_int_equal(weir_write_file_atomic(AT_FDCWD, path, text, strlen(text), 0600), 0);
}

static void write_config(const struct host *host)
{
	char text[2048];

	snprintf(text, sizeof(text),
		 "state_dir: %s/state\nruntime_dir: %s/run\npin_dir: %s/pins\npolicy: "
		 "%s\nbest_tier: 4\n"
		 "watch: {paths: [%s]}\nsinks: {removable: {mounts: [%s, %s/late]}}\n"
		 "inspect: {program: %s/weir-inspect, workers: 1, timeout: 2s}\n",
		 host->dir, host->dir, host->dir, host->policy, host->local, host->sink, host->dir,
		 WEIR_TEST_BIN);
	write_text(host->config, text);
}

void host_new(struct host *host)
{
	*host = (struct host){.agent = -1};
	scratch_make(host->dir);
	snprintf(host->image, sizeof(host->image), "%s/image", host->dir);
	snprintf(host->sink, sizeof(host->sink), "%s/sink", host->dir);
	snprintf(host->local, sizeof(host->local), "%s/local", host->dir);
	snprintf(host->config, sizeof(host->config), "%s/agent.yaml", host->dir);
	snprintf(host->policy, sizeof(host->policy), "%s/policy.yaml", host->dir);
	snprintf(host->socket, sizeof(host->socket), "%s/run/control.sock", host->dir);
	snprintf(host->spool, sizeof(host->spool), "%s/state/spool", host->dir);
	assert_int_equal(
		host_sh(host,
			"mkdir sink local late && truncate -s 16M image disk && "
			"/sbin/mkfs.ext4 -q -O ^has_journal image && mount -o loop image sink && "
			"/sbin/mkfs.ext4 -q -O ^has_journal disk && mount -o loop disk local"),
		0);
	write_text(host->policy, policy_text);
	write_config(host);
	host_start(host);
}

void host_start(struct host *host)
{
	host->agent = fork();
	assert_true(host->agent >= 0);
	if (host->agent == 0) {
		execl(WEIR_TEST_BIN "/weir-agent", "weir-agent", "--config", host->config, NULL);
		_exit(127);
	}
	pause_a_little();
	/* Else it could not even start. */
	assert_int_equal(waitpid(host->agent, NULL, WNOHANG), 0);
	assert_int_equal(
		host_sh(host, "%s/weir status --socket %s --wait 60", WEIR_TEST_BIN, host->socket),
		0);
}

int host_stop(struct host *host, int signal)
{
	int status;

	assert_int_equal(kill(host->agent, signal), 0);
	assert_int_equal(waitpid(host->agent, &status, 0), host->agent);
	host->agent = -1;
	return status;
}

static void forget_events(struct host *host)
{
	for (size_t i = 0; i < host->n_events; i++)
		weir__v1__event__free_unpacked(host->event[i], NULL);
	host->n_events = 0;
}

void host_done(struct host *host)
{
	if (host->agent > 0) {
		kill(host->agent, SIGCONT);
		(void)host_stop(host, SIGKILL);
	}
	forget_events(host);
	(void)host_sh(host, "umount sink; umount late; umount local");
	scratch_remove(host->dir);
}

static json_t *ask_status(struct host *host)
{
	char path[160];
	json_t *root;

	snprintf(path, sizeof(path), "%s/status.json", host->dir);
	if (host_sh(host, "%s/weir status --socket %s --format json >%s", WEIR_TEST_BIN,
		    host->socket, path) != 0)
		return NULL;
	root = json_load_file(path, 0, NULL);
	return root;
}

long long host_status(struct host *host, const char *path)
{
	json_t *root = ask_status(host), *at = root;
	char copy[128], *save = NULL;
	long long value;

	snprintf(copy, sizeof(copy), "%s", path);
	for (char *word = strtok_r(copy, ".", &save); word; word = strtok_r(NULL, ".", &save))
		at = json_object_get(at, word);
	value = json_is_array(at)     ? (long long)json_array_size(at)
		: json_is_integer(at) ? json_integer_value(at)
				      : -1;
	json_decref(root);
	return value;
}

void host_wait(struct host *host, const char *path, long long least)
{
	for (unsigned i = 0; i < PATIENCE_STEPS; i++) {
		if (host_status(host, path) >= least)
			return;
		pause_a_little();
	}
	fail_msg("%s did not reach %lld", path, least);
}

void host_customers(struct host *host, const char *name, unsigned first, unsigned n)
{
	char path[160], id[19];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", host->dir, name);
	file = fopen(path, "we");
	assert_non_null(file);
	for (unsigned i = 0; i < n; i++) {
		synthetic_resident_id(first + i, id);
		fprintf(file, "身份证号 %s\n", id);
	}
	assert_int_equal(fclose(file), 0);
}

unsigned host_ids_on_medium(struct host *host, unsigned first, unsigned n)
{
	struct weir_buf image = WEIR_BUF_INIT(64 << 20);
	unsigned found = 0;
	char id[19];

	host_umount(host, "sink");
	assert_int_equal(weir_read_file(AT_FDCWD, host->image, &image), 0);
	for (unsigned i = 0; i < n; i++) {
		synthetic_resident_id(first + i, id);
		found += memmem(image.data, image.len, id, 18) != NULL;
	}
	weir_buf_done(&image);
	return found;
}

static void read_events(struct host *host)
{
	struct weir_spool_reader *reader = NULL;
	struct weir_spool_record record;

	forget_events(host);
	assert_int_equal(weir_spool_reader_new(host->spool, &reader), 0);
	while (host->n_events < HOST_EVENTS && weir_spool_reader_peek(reader, &record) == 1) {
		Weir__V1__Event *event = weir__v1__event__unpack(NULL, record.len, record.data);

		assert_non_null(event);
		assert_int_equal(event->sequence, record.sequence);
		host->event[host->n_events++] = event;
		weir_spool_reader_advance(reader);
	}
	weir_spool_reader_free(reader);
}

void host_events(struct host *host, size_t least)
{
	for (unsigned i = 0; i < PATIENCE_STEPS; i++) {
		read_events(host);
		if (host->n_events >= least)
			return;
		pause_a_little();
	}
	fail_msg("%zu events instead of %zu", host->n_events, least);
}

const Weir__V1__Event *host_event_of(struct host *host, const char *path_end)
{
	for (size_t i = host->n_events; i-- > 0;) {
		const char *path = host->event[i]->file ? host->event[i]->file->path : "";
		size_t len = strlen(path), end = strlen(path_end);

		if (len >= end && strcmp(path + len - end, path_end) == 0)
			return host->event[i];
	}
	return NULL;
}

pid_t host_worker(struct host *host)
{
	char path[64];
	struct weir_buf text = WEIR_BUF_INIT(4096);
	int pid = 0;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", host->agent, host->agent);
	assert_int_equal(weir_read_file(AT_FDCWD, path, &text), 0);
	assert_int_equal(sscanf(text.data ? text.data : "", "%d", &pid), 1);
	weir_buf_done(&text);
	return pid;
}
