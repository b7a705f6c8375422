/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "scratch.h"
#include "weir/base/fd.h"
#include "weir/source/proc.h"

static unsigned mode_of(long number, uint64_t a0, uint64_t a1, uint64_t a2)
{
	char text[256];

	snprintf(text, sizeof(text), "%ld 0x%lx 0x%lx 0x%lx 0x0 0x0 0x0 0x7ffd 0x7f00\n", number,
		 (unsigned long)a0, (unsigned long)a1, (unsigned long)a2);
	return weir_proc_parse_syscall(text);
}

static void proc__open_flags(void **state)
{
	assert_int_equal(mode_of(SYS_openat, 0, 0, O_RDONLY), WEIR_OPEN_READ);
	assert_int_equal(mode_of(SYS_openat, 0, 0, O_WRONLY | O_CREAT), WEIR_OPEN_WRITE);
	assert_int_equal(mode_of(SYS_openat, 0, 0, O_RDWR), WEIR_OPEN_READ | WEIR_OPEN_WRITE);
	assert_int_equal(mode_of(SYS_openat, 0, 0, O_RDONLY | O_TRUNC),
			 WEIR_OPEN_READ | WEIR_OPEN_WRITE);
	assert_int_equal(mode_of(SYS_openat, 0, 0, O_PATH), WEIR_OPEN_READ);
#ifdef SYS_open
	assert_int_equal(mode_of(SYS_open, 0, O_WRONLY, 0), WEIR_OPEN_WRITE);
	assert_int_equal(mode_of(SYS_creat, 0, 0, 0), WEIR_OPEN_WRITE);
#endif
	assert_int_equal(mode_of(SYS_execve, 0, 0, 0), WEIR_OPEN_READ);
	assert_int_equal(mode_of(SYS_openat2, 0, 0, 0), WEIR_OPEN_UNKNOWN);
	assert_int_equal(mode_of(SYS_io_uring_enter, 0, 0, 0), WEIR_OPEN_UNKNOWN);
}

static void proc__odd_syscall_texts(void **state)
{
	static const char *const texts[] = {
		"",    "running\n",	"-1 0x7ffe 0x7f00\n",
		"257", "257 0x1 0x2\n", "99999999999999999999 0x0 0x0 0x0 0x0 0x0 0x0\n",
		"\n"};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		assert_int_equal(weir_proc_parse_syscall(texts[i]), WEIR_OPEN_UNKNOWN);
}

static void put(const char *root, const char *name, const char *text)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", root, name);
	assert_int_equal(weir_write_file_atomic(AT_FDCWD, path, text, strlen(text), 0600), 0);
}

static void proc__describes_a_process(void **state)
{
	char root[64], dir[128], link[160];
	struct weir_process process;

	scratch_make(root);
	snprintf(dir, sizeof(dir), "%s/42", root);
	assert_int_equal(mkdir(dir, 0700), 0);
	put(dir, "status",
	    "Name:\tx\nTgid:\t42\nPid:\t42\nPPid:\t7\nUid:\t1000\t0\t0\t0\nGid:\t100\t0\t0\t0\n");
	/* A name may hold anything: the fields count from behind its last parenthesis. */
	put(dir, "stat",
	    "42 (a) b\xff(c) S 7 42 42 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 500 9 9 9\n");
	put(dir, "loginuid", "1000");
	snprintf(link, sizeof(link), "%s/exe", dir);
	assert_int_equal(symlink("/usr/bin/odd", link), 0);
	assert_int_equal(weir_proc_describe(root, 42, NULL, &process), 0);
	assert_int_equal(process.pid, 42);
	assert_int_equal(process.parent_pid, 7);
	assert_int_equal(process.uid, 1000);
	assert_int_equal(process.gid, 100);
	assert_int_equal(process.login_uid, 1000);
	assert_int_equal(process.start_boot_ns,
			 500 * (1000000000 / (uint64_t)sysconf(_SC_CLK_TCK)));
	assert_string_equal(process.name, "a) b?(c");
	assert_string_equal(process.executable, "/usr/bin/odd");
	put(dir, "stat", "42 (a\nb) S 7 42 42 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 500 9 9 9\n");
	assert_int_equal(weir_proc_describe(root, 42, NULL, &process), 0);
	assert_string_equal(process.name, "a");
	assert_int_equal(weir_proc_identify(root, 42, &process), 0);
	assert_int_equal(process.pid, 42);
	assert_int_equal(process.parent_pid, 7);
	assert_int_equal(process.start_boot_ns,
			 500 * (1000000000 / (uint64_t)sysconf(_SC_CLK_TCK)));
	assert_string_equal(process.name, "");
	assert_int_equal(weir_proc_identify(root, 43, &process), -ESRCH);
	assert_int_equal(weir_proc_describe(root, 43, NULL, &process), -ESRCH);
	put(dir, "stat", "42 (cut short) S 7 42");
	assert_int_equal(weir_proc_describe(root, 42, NULL, &process), -ESRCH);
	assert_int_equal(weir_proc_identify(root, 42, &process), -ESRCH);
	scratch_remove(root);
}

static void proc__describes_itself(void **state)
{
	struct weir_process process;

	assert_int_equal(weir_proc_describe("/proc", (uint32_t)getpid(), NULL, &process), 0);
	assert_int_equal(process.pid, getpid());
	assert_int_equal(process.parent_pid, getppid());
	assert_int_equal(process.uid, getuid());
	assert_true(process.start_boot_ns > 0);
	assert_non_null(strstr(process.executable, "test_unit"));
}

/* A process of that name, and of that number unless it is 0, which needs privileges; 0: there is none. It waits to be ended. */
static pid_t sleeper(pid_t number, const char *name)
{
	struct clone_args args = {.exit_signal = SIGCHLD,
				  .set_tid = number ? (uintptr_t)&number : 0,
				  .set_tid_size = number != 0};
	int ready[2];
	char byte;
	pid_t child;

	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	child = (pid_t)syscall(SYS_clone3, &args, sizeof(args));
	if (child == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* whatever becomes of the test */
		(void)prctl(PR_SET_NAME, name);
		(void)!write(ready[1], "", 1);
		for (;;)
			pause();
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), child > 0);
	close(ready[0]);
	return child > 0 ? child : 0;
}

static void end(pid_t child)
{
	assert_int_equal(kill(child, SIGKILL), 0);
	assert_int_equal(waitpid(child, NULL, 0), child);
}

static void proc__kept_files_tell_of_now(void **state)
{
	struct weir_proc_kept *kept;
	struct weir_process process;

	assert_int_equal(weir_proc_kept_new(&kept), 0);
	for (int i = 0; i < 3; i++) {
		const char *name = i == 1 ? "another" : "one";

		assert_int_equal(prctl(PR_SET_NAME, name), 0);
		assert_int_equal(weir_proc_describe("/proc", (uint32_t)getpid(), kept, &process),
				 0);
		assert_int_equal(process.pid, getpid());
		assert_string_equal(process.name, name);
		/* It is in read(), and that opens nothing. */
		assert_int_equal(weir_proc_open_mode("/proc", (uint32_t)getpid(), kept),
				 WEIR_OPEN_UNKNOWN);
	}
	weir_proc_kept_free(kept);
	weir_proc_kept_free(NULL);
}

/* Of more processes than are kept, and of one that was given the number of one that is gone. */
static void proc__kept_files_are_of_no_other_process(void **state)
{
	pid_t children[WEIR_PROC_KEPT + 2], next;
	struct weir_proc_kept *kept;
	struct weir_process process;

	assert_int_equal(weir_proc_kept_new(&kept), 0);
	for (size_t i = 0; i < ARRAY_SIZE(children); i++)
		children[i] = sleeper(0, "first");
	for (size_t turn = 0; turn < 2; turn++)
		for (size_t i = 0; i < ARRAY_SIZE(children); i++) {
			assert_int_equal(
				weir_proc_describe("/proc", (uint32_t)children[i], kept, &process),
				0);
			assert_int_equal(process.pid, children[i]);
			assert_string_equal(process.name, "first");
		}
	for (size_t i = 0; i < ARRAY_SIZE(children); i++)
		end(children[i]);
	for (size_t i = 0; i < ARRAY_SIZE(children); i++) {
		assert_int_equal(weir_proc_describe("/proc", (uint32_t)children[i], kept, &process),
				 -ESRCH);
		next = sleeper(children[i], "second");
		if (next == 0)
			continue; /* no privileges, or somebody else has the number */
		assert_int_equal(weir_proc_describe("/proc", (uint32_t)next, kept, &process), 0);
		assert_string_equal(process.name, "second");
		end(next);
		next = sleeper(children[i], "third");
		if (next == 0)
			continue;
		/* Not asked about in between. */
		assert_int_equal(weir_proc_describe("/proc", (uint32_t)next, kept, &process), 0);
		assert_string_equal(process.name, "third");
		end(next);
	}
	weir_proc_kept_free(kept);
}

static bool is_inode(void *context, const struct weir_abi_inode *inode)
{
	const struct stat *st = context;

	return inode->ino == st->st_ino &&
	       inode->dev == WEIR_ABI_DEV(major(st->st_dev), minor(st->st_dev));
}

static void proc__writable_descriptors(void **state)
{
	char dir[64], path[128];
	struct stat st;
	bool cut;
	int fd;

	scratch_make(dir);
	snprintf(path, sizeof(path), "%s/file", dir);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	assert_true(weir_proc_any_writable("/proc", (uint32_t)getpid(), is_inode, &st, &cut));
	assert_false(cut);
	close(fd);
	assert_false(weir_proc_any_writable("/proc", (uint32_t)getpid(), is_inode, &st, &cut));
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_false(weir_proc_any_writable("/proc", (uint32_t)getpid(), is_inode, &st, &cut));
	close(fd);
	assert_false(weir_proc_any_writable("/nowhere", 1, is_inode, &st, &cut));
	scratch_remove(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(proc__open_flags),
		cmocka_unit_test(proc__odd_syscall_texts),
		cmocka_unit_test(proc__describes_a_process),
		cmocka_unit_test(proc__describes_itself),
		cmocka_unit_test(proc__kept_files_tell_of_now),
		cmocka_unit_test(proc__kept_files_are_of_no_other_process),
		cmocka_unit_test(proc__writable_descriptors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
