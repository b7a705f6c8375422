/* SPDX-License-Identifier: Apache-2.0 */
/* weir-sync itself, as another user where the test runs as root. */
#include "sync_fixture.h"

#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include "reviewers.h"
#include "weir/capture/folder.h"

struct fixture {
	char top[64];
	char spool_dir[96], uid_file[96], token_file[96], socket[96];
	struct fake_console *console;
	struct weir_spool *spool;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct weir_spool_options options;

	scratch_make(f->top);
	(void)snprintf(f->spool_dir, sizeof(f->spool_dir), "%s/spool", f->top);
	(void)snprintf(f->uid_file, sizeof(f->uid_file), "%s/uid", f->top);
	(void)snprintf(f->token_file, sizeof(f->token_file), "%s/token", f->top);
	(void)snprintf(f->socket, sizeof(f->socket), "%s/socket", f->top);
	assert_int_equal(weir_write_file_atomic(AT_FDCWD, f->uid_file, UID_BYTES, 16, 0600), 0);
	assert_int_equal(weir_write_file_atomic(AT_FDCWD, f->token_file, "tok\n", 4, 0600), 0);
	f->console = fake_console_new(f->socket);
	f->console->token = "tok";
	assert_int_equal(chmod(f->top, 0755), 0);
	assert_int_equal(chmod(f->socket, 0666), 0);
	/* The folder's group is the reader's: the writer gives its files to it. */
	assert_int_equal(mkdir(f->spool_dir, 0750), 0);
	if (geteuid() == 0)
		assert_int_equal(chown(f->spool_dir, 0, 65534), 0);
	options = (struct weir_spool_options){.dir = f->spool_dir};
	assert_int_equal(weir_spool_new(&options, &f->spool), 0);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	weir_spool_free(f->spool);
	fake_console_free(f->console);
	scratch_remove(f->top);
	free(f);
	return 0;
}

static pid_t spawn(struct fixture *f, const char *console, const char *extra)
{
	char *argv[16] = {"weir-sync",	      "--spool",   f->spool_dir,
			  "--agent-uid-file", f->uid_file, "--token-file",
			  f->token_file,      "--console", (char *)console};
	int n = 9;
	pid_t pid;

	if (geteuid() == 0) {
		argv[n++] = "--user";
		argv[n++] = "65534:65534";
	}
	if (extra)
		argv[n++] = (char *)extra;
	pid = fork();
	if (pid == 0) {
		/* The leak check traces its own process, which one that changed its user may not.
		 */
		(void)setenv("ASAN_OPTIONS", "detect_leaks=0", 1);
		(void)execv(WEIR_TEST_BIN "/weir-sync", argv);
		_exit(127);
	}
	assert_true(pid > 0);
	return pid;
}

static int wait_exit(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void sleep_ms(long ms)
{
	struct timespec time = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};

	(void)nanosleep(&time, NULL);
}

static uint64_t committed(struct fixture *f)
{
	uint64_t committed;

	(void)pthread_mutex_lock(&f->console->lock);
	committed = f->console->committed;
	(void)pthread_mutex_unlock(&f->console->lock);
	return committed;
}

static void program__once(void **state)
{
	struct fixture *f = *state;

	fill(f->spool, 1200);
	assert_int_equal(wait_exit(spawn(f, f->console->base, "--once")), 0);
	assert_int_equal(f->console->committed, 1200);
	assert_int_equal(f->console->duplicates, 0);
	assert_int_equal(read_mark(f->spool_dir), 1200);
	assert_memory_equal(f->console->agent_uid, UID_BYTES, 16);
	/* Nothing to do is done, too. */
	assert_int_equal(wait_exit(spawn(f, f->console->base, "--once")), 0);
	assert_int_equal(f->console->committed, 1200);
}

/* Sealed by the agent's own means, into its own folder. */
static void seal(struct fixture *f)
{
	struct weir_recipients *recipients _cleanup_(weir_recipients_freep) = NULL;
	struct weir_evidence_folder *folder _cleanup_(weir_evidence_folder_freep) = NULL;
	struct weir_buf pem _cleanup_(weir_buf_done) = WEIR_BUF_INIT(0);
	struct weir_buf sealed _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIR_EVIDENCE_SEALED_MAX);
	const uint8_t hash[WEIR_CAPTURE_HASH_LEN] = {1};

	weir_reviewer_free(reviewer_new(f->top, "key", &pem));
	assert_int_equal(weir_recipients_new(&recipients), 0);
	assert_int_equal(weir_recipients_add(recipients, pem.data, pem.len), 0);
	assert_int_equal(weir_evidence_seal(recipients, "content", 7, &sealed), 0);
	assert_int_equal(weir_evidence_folder_new(f->spool_dir, 0, &folder), 0);
	assert_int_equal(weir_evidence_folder_put(folder, hash, sealed.data, sealed.len), 0);
}

/* Behind the events that name it; another user may take it from the agent's folder. */
static void program__brings_evidence(void **state)
{
	struct fixture *f = *state;
	char dir[128];

	seal(f);
	fill(f->spool, 1200);
	assert_int_equal(wait_exit(spawn(f, f->console->base, "--once")), 0);
	assert_int_equal(f->console->committed, 1200);
	assert_int_equal(f->console->evidence, 1);
	assert_int_equal(f->console->evidence_after, 1200);
	(void)snprintf(dir, sizeof(dir), "%s/evidence", f->spool_dir);
	assert_int_equal(rmdir(dir), 0);
}

/* What has to wait keeps no event waiting. */
static void program__evidence_waits_alone(void **state)
{
	struct fixture *f = *state;

	seal(f);
	f->console->evidence_status = 429;
	fill(f->spool, 3);
	assert_int_equal(wait_exit(spawn(f, f->console->base, "--once")), 0);
	assert_int_equal(f->console->committed, 3);
	fill(f->spool, 3);
	f->console->evidence_status = 0;
	assert_int_equal(wait_exit(spawn(f, f->console->base, "--once")), 0);
	assert_int_equal(f->console->committed, 6);
	assert_int_equal(f->console->evidence, 2);
}

static void program__follows_until_told_to_end(void **state)
{
	struct fixture *f = *state;
	pid_t pid;

	fill(f->spool, 1);
	pid = spawn(f, f->console->base, NULL);
	for (unsigned i = 1; i <= 3; i++) {
		while (committed(f) < i)
			sleep_ms(20);
		fill(f->spool, 1);
	}
	while (committed(f) < 4)
		sleep_ms(20);
	assert_int_equal(kill(pid, SIGTERM), 0);
	assert_int_equal(wait_exit(pid), 0);
}

static void program__killed_in_between(void **state)
{
	struct fixture *f = *state;
	uint64_t n = 0;

	for (int round = 0; round < 6; round++) {
		pid_t pid;
		int status;

		fill(f->spool, 400);
		n += 400;
		pid = spawn(f, f->console->base, NULL);
		sleep_ms(10 + 20 * round);
		assert_int_equal(kill(pid, SIGKILL), 0);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_int_equal(weir_spool_maintain(f->spool), 0);
	}
	assert_int_equal(wait_exit(spawn(f, f->console->base, "--once")), 0);
	assert_int_equal(f->console->committed, n);
	assert_int_equal(f->console->changed, 0);
	for (uint64_t i = 1; i <= n; i++)
		assert_int_not_equal(f->console->hash[i], 0);
}

static void program__refuses_to_leave_the_machine(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(wait_exit(spawn(f, "http://192.0.2.1:80", "--once")), 1);
	assert_int_equal(wait_exit(spawn(f, "ftp://127.0.0.1:80", "--once")), 1);
	assert_int_equal(wait_exit(spawn(f, f->console->base, "--nonsense")), 2);
}

/* What the process may do while it runs: nothing but its own user's. */
static void program__holds_no_privilege(void **state)
{
	struct fixture *f = *state;
	struct weir_buf status _cleanup_(weir_buf_done) = WEIR_BUF_INIT(16384);
	char path[64];
	pid_t pid;

	fill(f->spool, 1);
	pid = spawn(f, f->console->base, NULL);
	while (committed(f) < 1)
		sleep_ms(20);
	(void)snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	assert_int_equal(weir_read_file(AT_FDCWD, path, &status), 0);
	assert_non_null(strstr(status.data, "NoNewPrivs:\t1"));
	assert_non_null(strstr(status.data, "CapPrm:\t0000000000000000"));
	assert_non_null(strstr(status.data, "CapEff:\t0000000000000000"));
	if (geteuid() == 0) {
		assert_non_null(strstr(status.data, "CapBnd:\t0000000000000000"));
		assert_non_null(strstr(status.data, "Uid:\t65534\t65534\t65534\t65534"));
		assert_non_null(strstr(status.data, "Groups:\t65534"));
	}
	assert_int_equal(kill(pid, SIGTERM), 0);
	assert_int_equal(wait_exit(pid), 0);
}

/* The spool on a disk of its own, in a mount namespace of the test's. */
static bool small_disk(struct fixture *f, const char *options)
{
	const struct weir_spool_options spool = {.dir = f->spool_dir};

	if (geteuid() != 0 || unshare(CLONE_NEWNS) < 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return false;
	weir_spool_free(f->spool);
	f->spool = NULL;
	if (mount("none", f->spool_dir, "tmpfs", 0, options) < 0)
		return false;
	return weir_spool_new(&spool, &f->spool) == 0;
}

static void write_until_full(const char *path)
{
	static const char block[65536];
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	while (write(fd, block, sizeof(block)) > 0)
		;
	assert_int_equal(errno, ENOSPC);
	close(fd);
}

/* What the console has cannot be noted, so it waits, and goes on when there is room. */
static void program__started_on_a_full_disk(void **state)
{
	struct fixture *f = *state;
	char filler[128];
	pid_t pid;

	if (!small_disk(f, "size=32m,mode=0750,gid=65534"))
		skip();
	(void)snprintf(filler, sizeof(filler), "%s/filler", f->spool_dir);
	fill(f->spool, 5);
	write_until_full(filler);
	pid = spawn(f, f->console->base, NULL);
	while (committed(f) < 5)
		sleep_ms(20);
	sleep_ms(500);
	assert_int_equal(waitpid(pid, NULL, WNOHANG), 0);
	assert_int_equal(read_mark(f->spool_dir), 0);
	assert_int_equal(unlink(filler), 0);
	for (unsigned i = 0; i < 3000 && read_mark(f->spool_dir) < 5; i++)
		sleep_ms(20);
	assert_int_equal(read_mark(f->spool_dir), 5);
	assert_int_equal(kill(pid, SIGTERM), 0);
	assert_int_equal(wait_exit(pid), 0);
	assert_int_equal(f->console->changed, 0);
	assert_int_equal(umount2(f->spool_dir, MNT_DETACH), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(program__once),
		TEST(program__brings_evidence),
		TEST(program__evidence_waits_alone),
		TEST(program__follows_until_told_to_end),
		TEST(program__killed_in_between),
		TEST(program__refuses_to_leave_the_machine),
		TEST(program__holds_no_privilege),
		TEST(program__started_on_a_full_disk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
