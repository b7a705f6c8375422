/* SPDX-License-Identifier: Apache-2.0 */
/* The real agent on a host without kernel programs: what fanotify alone stops, catches and reports.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "host.h"
#include "synthetic.h"
#include "weir/base/fd.h"
#include "weir/base/time.h"

static struct host host;

static int setup(void **state)
{
	host_new(&host);
	return 0;
}

static int teardown(void **state)
{
	host_done(&host);
	return 0;
}

static void labelled_source(void)
{
	host_customers(&host, "local/src", 100, 20);
	host_wait(&host, "counts.labels_dirty", 1);
}

static void agent__labelled_source_does_not_reach_the_sink(void **state)
{
	static const char *const copies[] = {
		"cp local/src sink/out",
		"cat local/src > sink/out",
		"dd if=local/src of=sink/out bs=100",
		"python3 -c \"d = open('local/src').read(); open('sink/out', 'w').write(d)\"",
		"cat < local/src > sink/out",
		"sh -c 'exec 3<local/src; cat <&3 >sink/out'",
		"sh -c 'exec 3<local/src; (cat <&3 >sink/out; exit $?); exit $?'",
	};

	labelled_source();
	for (size_t i = 0; i < sizeof(copies) / sizeof(copies[0]); i++) {
		assert_int_not_equal(host_sh(&host, "%s", copies[i]), 0);
		assert_int_not_equal(host_sh(&host, "test -s sink/out"), 0);
	}
	/* An archive without members is written all the same: only the member is refused. */
	assert_int_not_equal(host_sh(&host, "tar cf sink/archive local/src"), 0);
	host_wait(&host, "counts.blocked", 8);
	host_events(&host, 6);
	assert_non_null(host_event_of(&host, "/sink/out"));
	assert_int_equal(host_event_of(&host, "/sink/out")->action, WEIR__V1__ACTION__ACTION_BLOCK);
	assert_int_equal(host_event_of(&host, "/sink/out")->alert, 1);
	assert_int_equal(host_event_of(&host, "/sink/out")->late, 0);
	assert_string_equal(host_event_of(&host, "/sink/out")->cause, "label");
	assert_string_equal(host_event_of(&host, "/sink/out")->rule, "stick");
	assert_string_equal(host_event_of(&host, "/sink/out")->device->filesystem, "ext4");
	assert_int_equal(host_ids_on_medium(&host, 100, 20), 0);
}

static void agent__source_is_still_readable(void **state)
{
	labelled_source();
	assert_int_equal(host_sh(&host, "cp local/src local/other && grep -q 9 local/src"), 0);
}

static void agent__unlabelled_content_is_caught_at_close(void **state)
{
	/* What the programs write came through a pipe from one that opened the source. */
	labelled_source();
	assert_int_equal(host_sh(&host, "cat local/src | tee sink/piped"), 0);
	host_wait(&host, "counts.blocked", 1);
	host_events(&host, 2);
	assert_non_null(host_event_of(&host, "/sink/piped"));
	assert_int_equal(host_event_of(&host, "/sink/piped")->action,
			 WEIR__V1__ACTION__ACTION_BLOCK);
	assert_int_equal(host_event_of(&host, "/sink/piped")->late, 1);
	assert_true(host_event_of(&host, "/sink/piped")->scrubbed_bytes > 20 * 18);
	assert_string_equal(host_event_of(&host, "/sink/piped")->process->name, "tee");
	assert_int_equal(host_event_of(&host, "/sink/piped")->counts[0]->distinct, 20);
	assert_int_not_equal(host_sh(&host, "test -s sink/piped"), 0);
	assert_int_equal(host_ids_on_medium(&host, 100, 20), 0);
}

/* Shows that the check of the medium can find something. */
static void agent__without_an_agent_the_data_is_on_the_medium(void **state)
{
	(void)host_stop(&host, SIGTERM);
	host_customers(&host, "sink/open", 100, 20);
	assert_int_equal(host_ids_on_medium(&host, 100, 20), 20);
}

static void agent__clean_copy_passes_and_is_an_event(void **state)
{
	assert_int_equal(host_sh(&host, "seq 1 500 > local/clean && cp local/clean sink/clean"), 0);
	host_events(&host, 1);
	assert_non_null(host_event_of(&host, "/sink/clean"));
	assert_int_equal(host_event_of(&host, "/sink/clean")->action,
			 WEIR__V1__ACTION__ACTION_AUDIT);
	assert_int_equal(host_event_of(&host, "/sink/clean")->alert, 0);
	assert_string_equal(host_event_of(&host, "/sink/clean")->process->name, "cp");
	assert_string_equal(host_event_of(&host, "/sink/clean")->hook, "fanotify/close");
	assert_int_equal(host_event_of(&host, "/sink/clean")->n_counts, 0);
	assert_int_equal(host_sh(&host, "cmp local/clean sink/clean"), 0);
}

static void agent__older_data_on_the_sink_survives_a_refusal(void **state)
{
	assert_int_equal(host_sh(&host, "echo older > sink/notes"), 0);
	labelled_source();
	assert_int_not_equal(host_sh(&host, "cat local/src >> sink/notes"), 0);
	assert_int_equal(
		host_sh(&host, "grep -qx older sink/notes && test $(wc -l < sink/notes) = 1"), 0);
}

static void agent__file_that_became_harmless_passes(void **state)
{
	labelled_source();
	assert_int_equal(host_sh(&host, "echo harmless > local/src"), 0);
	host_wait(&host, "counts.labels_clean", 1);
	assert_int_equal(host_sh(&host, "cp local/src sink/out && cmp local/src sink/out"), 0);
}

static void agent__sink_that_is_mounted_later(void **state)
{
	labelled_source();
	assert_int_equal(host_sh(&host, "truncate -s 16M image2 && /sbin/mkfs.ext4 -q image2 && "
					"mount -o loop image2 late"),
			 0);
	host_wait(&host, "volumes", 2);
	assert_int_not_equal(host_sh(&host, "cp local/src late/out"), 0);
	host_umount(&host, "late");
	assert_int_equal(host_sh(&host, "cp local/src late/out"), 0);
}

/* Through a descriptor from before: nothing is opened, so nobody waits for the agent. */
static void write_customers(int fd, unsigned first, unsigned n)
{
	char id[19];

	for (unsigned i = 0; i < n; i++) {
		synthetic_resident_id(first + i, id);
		assert_true(dprintf(fd, "身份证号 %s\n", id) > 18);
	}
	close(fd);
}

static int open_on_sink(const char *name)
{
	char path[160];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", host.dir, name);
	fd = open(path, O_WRONLY | O_CREAT, 0600);
	assert_true(fd > 2);
	return fd;
}

static void stop_agent(void)
{
	assert_int_equal(kill(host.agent, SIGSTOP), 0);
}

static void continue_agent(void)
{
	assert_int_equal(kill(host.agent, SIGCONT), 0);
}

static const Weir__V1__Event *await_event(const char *path_end)
{
	for (size_t n = 1; !host_event_of(&host, path_end); n = host.n_events + 1)
		host_events(&host, n);
	return host_event_of(&host, path_end);
}

static unsigned alerts_of(const char *path_end)
{
	unsigned n = 0;

	for (size_t i = 0; i < host.n_events; i++) {
		const char *path = host.event[i]->file ? host.event[i]->file->path : "";
		size_t len = strlen(path), end = strlen(path_end);

		n += host.event[i]->alert && len >= end && strcmp(path + len - end, path_end) == 0;
	}
	return n;
}

/* Of a volume that was met late; that the agent itself was stopped is told in other words. */
static bool is_window(const Weir__V1__Event *event)
{
	return strcmp(event->activity, "away") == 0 && event->file &&
	       strstr(event->file->path, "written to a volume");
}

static unsigned windows(void)
{
	unsigned n = 0;

	for (size_t i = 0; i < host.n_events; i++)
		n += is_window(host.event[i]);
	return n;
}

static void await_no_volume(void)
{
	for (unsigned i = 0; i < 1200 && host_status(&host, "volumes") != 0; i++)
		(void)host_sh(&host, "sleep 0.05");
	assert_int_equal(host_status(&host, "volumes"), 0);
}

/* Closed, and the volume pulled, before the agent came to it: it is what it was. */
static void agent__list_on_a_volume_that_went_is_told_as_its(void **state)
{
	const Weir__V1__Event *event;
	int fd;

	fd = open_on_sink("sink/last");
	stop_agent();
	write_customers(fd, 700, 20);
	assert_int_equal(host_sh(&host, "umount -l sink"), 0);
	continue_agent();
	event = await_event("/last");
	assert_int_equal(event->channel, WEIR__V1__CHANNEL__CHANNEL_REMOVABLE);
	assert_int_equal(event->alert, 1);
	assert_int_equal(event->late, 1);
	assert_int_equal(event->action, WEIR__V1__ACTION__ACTION_BLOCK);
	assert_string_equal(event->rule, "stick");
	assert_string_equal(event->device->filesystem, "ext4");
	assert_string_equal(event->device->mount_point, host.sink);
	assert_true(event->scrubbed_bytes > 20 * 18);
	assert_int_equal(event->counts[0]->distinct, 20);
	await_no_volume();
	/* It is a volume again when it is back. */
	for (unsigned i = 0; i < 1200 && host_sh(&host, "test -z \"$(losetup -j image)\""); i++)
		(void)host_sh(&host, "sleep 0.05");
	assert_int_equal(host_sh(&host, "mount -o loop image sink"), 0);
	host_wait(&host, "volumes", 1);
	assert_int_equal(host_ids_on_medium(&host, 700, 20), 0);
}

/* Whoever stays on a volume that is unmounted goes on writing to it. */
static void agent__who_stays_on_a_volume_is_still_seen(void **state)
{
	int fd = open(host.sink, O_RDONLY | O_DIRECTORY);

	labelled_source();
	assert_true(fd > 2);
	assert_int_equal(host_sh(&host, "umount -l sink"), 0);
	await_no_volume();
	assert_int_not_equal(host_sh(&host, "cp local/src /proc/self/fd/%d/copied", fd), 0);
	assert_int_equal(host_sh(&host, "cat local/src | tee /proc/self/fd/%d/piped", fd), 0);
	assert_int_equal(await_event("/piped")->action, WEIR__V1__ACTION__ACTION_BLOCK);
	assert_int_equal(await_event("/piped")->late, 1);
	assert_int_equal(host_sh(&host,
				 "test -s /proc/self/fd/%d/piped || "
				 "test -s /proc/self/fd/%d/copied",
				 fd, fd),
			 1);
	close(fd);
}

/* Written when nobody knew of the volume yet. */
static void agent__what_came_before_the_mark_is_looked_at(void **state)
{
	const Weir__V1__Event *event;

	/* Made where the agent sees no mount, which it would look at too. */
	assert_int_equal(host_sh(&host,
				 "truncate -s 16M image2 && /sbin/mkfs.ext4 -q image2 && "
				 "unshare -m sh -c 'mount -o loop image2 late && mkdir -p late/a/b "
				 "&& echo older > late/a/older && touch late/a/b/empty' && "
				 "sleep 2"),
			 0);
	stop_agent();
	assert_int_equal(host_sh(&host, "mount -o loop image2 late"), 0);
	host_customers(&host, "late/a/b/early", 800, 20);
	continue_agent();
	event = await_event("/late/a/b/early");
	assert_int_equal(event->channel, WEIR__V1__CHANNEL__CHANNEL_REMOVABLE);
	assert_int_equal(event->alert, 1);
	assert_int_equal(event->late, 1);
	assert_int_equal(event->action, WEIR__V1__ACTION__ACTION_BLOCK);
	assert_string_equal(event->device->mount_point + strlen(host.dir), "/late");
	assert_int_equal(event->counts[0]->distinct, 20);
	host_wait(&host, "volumes", 2);
	/* What is written from then on is seen as ever, and told once. */
	host_customers(&host, "late/a/b/later", 900, 20);
	(void)await_event("/late/a/b/later");
	assert_int_equal(alerts_of("/late/a/b/early"), 1);
	assert_int_equal(alerts_of("/late/a/b/later"), 1);
	assert_null(host_event_of(&host, "/late/a/b/empty"));
	assert_int_equal(windows(), 0);
	assert_int_equal(host_sh(&host, "test -s late/a/b/early || test -s late/a/b/later"), 1);
}

/* Unmounted and mounted again between two looks at the table, which is the same: the marks went with the file system. */
static void agent__volume_that_was_mounted_anew_is_marked_anew(void **state)
{
	const Weir__V1__Event *event;

	host_wait(&host, "volumes", 1);
	stop_agent();
	assert_int_equal(host_sh(&host, "umount sink && mount -o loop image sink"), 0);
	host_customers(&host, "sink/early", 800, 20);
	continue_agent();
	event = await_event("/sink/early");
	assert_int_equal(event->alert, 1);
	assert_int_equal(event->action, WEIR__V1__ACTION__ACTION_BLOCK);
	labelled_source();
	assert_int_not_equal(host_sh(&host, "cp local/src sink/out"), 0);
	host_customers(&host, "sink/later", 900, 20);
	event = await_event("/sink/later");
	assert_int_equal(event->action, WEIR__V1__ACTION__ACTION_BLOCK);
	assert_int_equal(host_ids_on_medium(&host, 800, 120), 0);
}

/* More than is looked at: then it is told since when nobody did. */
static void agent__what_was_not_looked_at_is_told(void **state)
{
	uint64_t before, after;

	/* Made where the agent sees no mount, which it would look at too. */
	assert_int_equal(host_sh(&host, "truncate -s 16M image2 && /sbin/mkfs.ext4 -q image2 && "
					"unshare -m sh -c 'mount -o loop image2 late && cd late && "
					"mkdir -p $(printf \"a/%%.0s\" $(seq 40))'"),
			 0);
	stop_agent();
	before = weir_now_realtime();
	assert_int_equal(host_sh(&host, "mount -o loop image2 late"), 0);
	after = weir_now_realtime();
	continue_agent();
	for (size_t n = 1; windows() == 0; n = host.n_events + 1)
		host_events(&host, n);
	for (size_t i = 0; i < host.n_events; i++) {
		if (!is_window(host.event[i]))
			continue;
		assert_true(host.event[i]->since_ns <= before);
		assert_true(host.event[i]->time_ns >= after);
		assert_int_equal(host.event[i]->alert, 1);
	}
	assert_int_equal(windows(), 1);
}

/* Somebody makes the volume read-only before the list can be taken away: told at once, and done when it can be. */
static void agent__what_could_not_be_taken_away_is_tried_again(void **state)
{
	const Weir__V1__Event *event;
	int fd;

	fd = open_on_sink("sink/list");
	stop_agent();
	write_customers(fd, 700, 20);
	assert_int_equal(host_sh(&host, "mount -o remount,ro sink"), 0);
	continue_agent();
	event = await_event("/sink/list");
	assert_int_equal(event->action, WEIR__V1__ACTION__ACTION_AUDIT);
	assert_int_equal(event->alert, 1);
	assert_int_equal(event->scrubbed_bytes, 0);
	assert_int_equal(host_sh(&host, "test -s sink/list"), 0);
	assert_int_equal(host_sh(&host, "mount -o remount,rw sink"), 0);
	for (size_t n = 1; event->action == WEIR__V1__ACTION__ACTION_AUDIT; n = host.n_events + 1) {
		host_events(&host, n);
		event = host_event_of(&host, "/sink/list");
	}
	assert_int_equal(event->action, WEIR__V1__ACTION__ACTION_BLOCK);
	assert_int_equal(event->alert, 0);
	assert_true(event->scrubbed_bytes > 20 * 18);
	assert_int_equal(alerts_of("/sink/list"), 1);
	assert_int_equal(host_sh(&host, "test -s sink/list"), 1);
	assert_int_equal(host_ids_on_medium(&host, 700, 20), 0);
}

/* One that is stopped before it has begun is replaced, and the next one answers. */
static void await_worker(void)
{
	assert_int_equal(host_sh(&host, "echo nothing > local/first"), 0);
	host_wait(&host, "counts.files_inspected", 1);
}

/* What was written on local disk and found clean is not searched again on the volume, and told all the same. */
static void agent__copy_is_known_from_memory(void **state)
{
	await_worker();
	assert_int_equal(host_sh(&host, "seq 1 500 > local/list"), 0);
	host_wait(&host, "counts.files_inspected", 2);
	assert_int_equal(host_status(&host, "counts.files_recalled"), 0);
	assert_int_equal(host_sh(&host, "cp local/list sink/list"), 0);
	host_events(&host, 1);
	assert_int_equal(host_status(&host, "counts.files_recalled"), 1);
	assert_int_equal(host.event[0]->scan_status, WEIR__V1__SCAN_STATUS__SCAN_STATUS_COMPLETE);
	assert_int_equal(host_sh(&host, "echo 501 >> sink/list"), 0);
	host_events(&host, 2);
	assert_int_equal(host_status(&host, "counts.files_recalled"), 1);
}

static void agent__stopped_worker_is_an_outcome(void **state)
{
	await_worker();
	assert_int_equal(kill(host_worker(&host), SIGSTOP), 0);
	host_customers(&host, "sink/undecided", 200, 20);
	host_events(&host, 1);
	assert_int_equal(host.event[0]->scan_status, WEIR__V1__SCAN_STATUS__SCAN_STATUS_ERROR);
	/* A fresh worker decides the next one. */
	host_customers(&host, "sink/decided", 300, 20);
	host_events(&host, 2);
	assert_non_null(host_event_of(&host, "/sink/decided"));
	assert_int_equal(host_event_of(&host, "/sink/decided")->action,
			 WEIR__V1__ACTION__ACTION_BLOCK);
}

static void agent__killed_worker_is_an_outcome(void **state)
{
	for (unsigned i = 0; i < 3; i++) {
		char name[32];

		assert_int_equal(kill(host_worker(&host), SIGKILL), 0);
		snprintf(name, sizeof(name), "sink/after%u", i);
		host_customers(&host, name, 400, 20);
		host_events(&host, i + 1);
	}
	assert_int_equal(host_status(&host, "pending"), 0);
}

/* More than fit in any queue of the agent's own: they wait, and none goes unseen. */
static void agent__files_wait_for_busy_workers(void **state)
{
	await_worker();
	assert_int_equal(kill(host_worker(&host), SIGSTOP), 0);
	assert_int_equal(host_sh(&host, "python3 -c \"for i in range(1200): open('local/n%%d' %% "
					"i, 'w').write('x')\""),
			 0);
	host_wait(&host, "counts.files_inspected", 1201);
	assert_int_equal(host_status(&host, "counts.inspect_dropped"), 0);
	assert_int_equal(host_status(&host, "counts.fanotify_overflow"), 0);
}

static void agent__dead_agent_lets_waiting_openings_through(void **state)
{
	pid_t opener;
	int status;

	assert_int_equal(host_sh(&host, "echo text > local/clean"), 0);
	assert_int_equal(kill(host.agent, SIGSTOP), 0);
	opener = host_sh_start(&host, "cp local/clean sink/clean");
	(void)host_stop(&host, SIGKILL);
	assert_int_equal(waitpid(opener, &status, 0), opener);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/* Whether it was killed or told to end: a list copied meanwhile is taken away, one that lay there before is not. */
static void written_without_it(int how, const char *before, const char *meanwhile, unsigned first)
{
	const Weir__V1__Event *event;
	char name[32], end[32];

	(void)host_stop(&host, how);
	usleep(50000); /* the file system's clock ticks */
	snprintf(name, sizeof(name), "sink/%s", meanwhile);
	snprintf(end, sizeof(end), "/sink/%s", meanwhile);
	host_customers(&host, name, first, 20);
	host_start(&host);
	event = await_event(end);
	assert_int_equal(event->late, 1);
	assert_int_equal(event->action, WEIR__V1__ACTION__ACTION_BLOCK);
	assert_int_not_equal(host_sh(&host, "test -s %s", name), 0);
	assert_int_equal(host_sh(&host, "test -s sink/%s", before), 0);
}

static void agent__what_was_written_without_it_is_looked_at(void **state)
{
	(void)host_stop(&host, SIGTERM);
	host_customers(&host, "sink/before", 700, 20);
	assert_int_equal(host_sh(&host, "rm run/presence && sleep 0.1"), 0);
	host_start(&host);
	written_without_it(SIGTERM, "before", "ended", 800);
	written_without_it(SIGKILL, "before", "killed", 900);
	assert_null(host_event_of(&host, "/sink/before"));
	assert_int_equal(host_ids_on_medium(&host, 800, 120), 0);
}

static void agent__restart_keeps_identity_and_numbers(void **state)
{
	struct weir_buf before = WEIR_BUF_INIT(64), after = WEIR_BUF_INIT(64);
	char uid[128];
	size_t n;
	int status;

	snprintf(uid, sizeof(uid), "%s/state/agent-uid", host.dir);
	assert_int_equal(host_sh(&host, "echo one > sink/one"), 0);
	host_events(&host, 1);
	n = host.n_events;
	assert_int_equal(weir_read_file(AT_FDCWD, uid, &before), 0);
	assert_int_equal(before.len, 16);
	status = host_stop(&host, SIGTERM);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	assert_int_not_equal(host_sh(&host, "test -e %s", host.socket), 0);
	host_start(&host);
	assert_int_equal(weir_read_file(AT_FDCWD, uid, &after), 0);
	assert_memory_equal(before.data, after.data, 16);
	assert_int_equal(host_sh(&host, "echo two > sink/two"), 0);
	host_events(&host, n + 1);
	for (size_t i = 0; i < host.n_events; i++)
		assert_int_equal(host.event[i]->sequence, i + 1);
	weir_buf_done(&before);
	weir_buf_done(&after);
}

/* On this tier the agent knows of labels alone: as after a reboot, nothing is left of the one before but its files. */
static void again(int how)
{
	(void)host_stop(&host, how);
	host_start(&host);
}

static void agent__labels_outlive_the_agent(void **state)
{
	labelled_source();
	assert_int_equal(host_status(&host, "kept_labels.kept"), 1);
	for (int how = SIGTERM; how != 0; how = how == SIGTERM ? SIGKILL : 0) {
		again(how);
		host_wait(&host, "kept_labels.restored", 1);
		assert_int_not_equal(host_sh(&host, "cp local/src sink/out"), 0);
		assert_int_equal(host_status(&host, "counts.files_inspected"), 0);
	}
	assert_int_not_equal(host_sh(&host, "test -s sink/out"), 0);
	assert_int_equal(host_sh(&host, "rm local/src"), 0);
	again(SIGTERM);
	host_wait(&host, "kept_labels.gone", 1);
	assert_int_equal(host_status(&host, "kept_labels.kept"), 0);
	assert_int_equal(host_ids_on_medium(&host, 100, 20), 0);
}

static void agent__changed_file_is_looked_at_anew(void **state)
{
	labelled_source();
	(void)host_stop(&host, SIGTERM);
	assert_int_equal(host_sh(&host, "echo more >> local/src"), 0);
	host_start(&host);
	host_wait(&host, "kept_labels.changed", 1);
	assert_int_equal(host_status(&host, "kept_labels.restored"), 0);
	host_wait(&host, "counts.labels_dirty", 1); /* by its content */
	host_wait(&host, "kept_labels.kept", 1);
	assert_int_not_equal(host_sh(&host, "cp local/src sink/out"), 0);
	(void)host_stop(&host, SIGTERM);
	assert_int_equal(host_sh(&host, "echo harmless > local/src"), 0);
	host_start(&host);
	host_wait(&host, "counts.labels_clean", 1);
	assert_int_equal(host_status(&host, "kept_labels.kept"), 0);
	assert_int_equal(host_sh(&host, "cp local/src sink/out"), 0);
}

/* Whatever lies where labels are kept, the agent starts, says so and does its work. */
static void agent__hostile_labels_cost_nothing(void **state)
{
	static const char *const ways[] = {
		"ln -s /etc/passwd state/labels",
		"head -c 1000000 /dev/urandom > state/labels; chmod 600 state/labels",
		"truncate -s 1T state/labels; chmod 600 state/labels",
		"mkdir state/labels",
	};
	static const long long errors[] = {-ELOOP, 0, 0, -EISDIR};

	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		(void)host_stop(&host, SIGTERM);
		assert_int_equal(host_sh(&host, "rm -rf state/labels; %s", ways[i]), 0);
		host_start(&host);
		assert_int_equal(host_status(&host, "kept_labels.error"), errors[i]);
		assert_int_equal(host_status(&host, "kept_labels.kept"), 0);
	}
	labelled_source();
	assert_int_not_equal(host_sh(&host, "cp local/src sink/out"), 0);
	assert_int_equal(host_sh(&host, "rmdir state/labels"), 0);
}

static void agent__bad_policy_leaves_the_good_one_in_force(void **state)
{
	assert_int_equal(host_sh(&host, "echo 'rulez: []' >> policy.yaml"), 0);
	assert_int_equal(kill(host.agent, SIGHUP), 0);
	for (unsigned i = 0; i < 1000; i++)
		if (host_sh(&host,
			    "%s/weir status --socket run/control.sock | grep -q policy.yaml:",
			    WEIR_TEST_BIN) == 0)
			break;
	assert_int_equal(
		host_sh(&host,
			"%s/weir status --socket run/control.sock | grep -q 'policy.yaml:[0-9]*:'",
			WEIR_TEST_BIN),
		0);
	labelled_source();
	assert_int_not_equal(host_sh(&host, "cp local/src sink/out"), 0);
	/* And a restart finds the last good one. */
	(void)host_stop(&host, SIGTERM);
	host_start(&host);
	assert_int_equal(host_sh(&host,
				 "%s/weir status --socket run/control.sock --format json | grep -q "
				 "last-good",
				 WEIR_TEST_BIN),
			 0);
	host_customers(&host, "local/src2", 500, 20);
	host_wait(&host, "counts.labels_dirty", 1);
	assert_int_not_equal(host_sh(&host, "cp local/src2 sink/out"), 0);
}

static void agent__new_policy_takes_effect(void **state)
{
	labelled_source();
	assert_int_equal(host_sh(&host, "sed -i 's/>=5/>=50/' policy.yaml"), 0);
	assert_int_equal(kill(host.agent, SIGHUP), 0);
	for (unsigned i = 0; i < 1000; i++)
		if (host_sh(&host, "rm -f sink/out; cp local/src sink/out") == 0)
			break;
	assert_int_equal(host_sh(&host, "cmp local/src sink/out"), 0);
}

/* By several workers, of which a file of another size meets another: they tell a value alike. */
static void agent__list_in_pieces_is_one_list(void **state)
{
	char name[32];

	assert_int_equal(host_stop(&host, SIGTERM), 0);
	assert_int_equal(host_sh(&host, "sed -i 's/>=5\"}$/>=5\", within: "
					"24h}/;s/\\[file\\]/[share]/' policy.yaml && "
					"sed -i 's/workers: 1/workers: 3/' agent.yaml"),
			 0);
	host_start(&host);
	for (unsigned i = 0; i < 6; i++) { /* the same two, in files of six sizes */
		host_customers(&host, "local/two", 100, 2);
		snprintf(name, sizeof(name), "sink/same%u", i);
		assert_int_equal(host_sh(&host, "(cat local/two; seq %u) > %s", 1 + i * 50, name),
				 0);
	}
	host_wait(&host, "counts.files_inspected", 6);
	host_customers(&host, "sink/more", 102, 2);
	host_wait(&host, "counts.files_inspected", 7);
	assert_int_equal(host_status(&host, "counts.blocked"), 0);
	host_customers(&host, "sink/last", 104, 1);
	host_wait(&host, "counts.blocked", 1);
	assert_int_not_equal(host_sh(&host, "test -s sink/last"), 0);
	assert_int_equal(host_sh(&host, "test -s sink/more && test -s sink/same5"), 0);
	host_events(&host, 8);
	assert_string_equal(host_event_of(&host, "/sink/last")->rule, "stick");
	assert_string_equal(host_event_of(&host, "/sink/last")->cause, "content");
	assert_int_equal(host_event_of(&host, "/sink/last")->counts[0]->distinct, 1);
	assert_int_equal(host_event_of(&host, "/sink/last")->within_values, 5);
	assert_int_equal(host_event_of(&host, "/sink/last")->within_seconds, 86400);
	assert_int_equal(host_ids_on_medium(&host, 104, 1), 0);
}

static void agent__doctor_is_right(void **state)
{
	assert_int_equal(host_sh(&host,
				 "%s/weir doctor --socket run/control.sock --pin-dir pins --format "
				 "json > d.json",
				 WEIR_TEST_BIN),
			 0);
	assert_int_equal(
		host_sh(&host,
			"python3 -c \"import json; d = {c['channel']: c for c in "
			"json.load(open('d.json'))"
			"['channels']}; assert d['removable']['state'] == 'observed' and "
			"d['network']"
			"['state'] == 'blind' and d['file']['state'] == 'observed'; assert "
			"any(e['hook'] == "
			"'fanotify/open' and e['denied'] for e in d['removable']['evidence'])\""),
		0);
	assert_int_equal(host_sh(&host, "echo 'floors: {network: enforced}' >> agent.yaml"), 0);
	(void)host_stop(&host, SIGTERM);
	assert_int_equal(host_sh(&host, "%s/weir doctor --socket run/control.sock --pin-dir pins",
				 WEIR_TEST_BIN),
			 1);
	host_start(&host);
	assert_int_equal(host_sh(&host, "%s/weir doctor --socket run/control.sock --pin-dir pins",
				 WEIR_TEST_BIN),
			 1);
}

static void agent__second_agent_on_the_same_state_refuses(void **state)
{
	assert_int_equal(host_sh(&host, "%s/weir-agent --config agent.yaml", WEIR_TEST_BIN), 1);
	assert_true(host_status(&host, "schema") == 1);
}

static void agent__wrong_configuration_is_explained(void **state)
{
	assert_int_equal(
		host_sh(&host,
			"echo 'statedir: /x' > bad.yaml; %s/weir-agent --config bad.yaml 2>err",
			WEIR_TEST_BIN),
		2);
	assert_int_equal(host_sh(&host, "grep -q 'bad.yaml:1:1: unknown key' err"), 0);
	assert_int_equal(host_sh(&host, "%s/weir-agent --config absent.yaml", WEIR_TEST_BIN), 2);
	assert_int_equal(host_sh(&host, "%s/weir-agent --state-dir relative", WEIR_TEST_BIN), 2);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(agent__labelled_source_does_not_reach_the_sink),
		TEST(agent__source_is_still_readable),
		TEST(agent__unlabelled_content_is_caught_at_close),
		TEST(agent__without_an_agent_the_data_is_on_the_medium),
		TEST(agent__clean_copy_passes_and_is_an_event),
		TEST(agent__older_data_on_the_sink_survives_a_refusal),
		TEST(agent__file_that_became_harmless_passes),
		TEST(agent__sink_that_is_mounted_later),
		TEST(agent__list_on_a_volume_that_went_is_told_as_its),
		TEST(agent__who_stays_on_a_volume_is_still_seen),
		TEST(agent__what_came_before_the_mark_is_looked_at),
		TEST(agent__volume_that_was_mounted_anew_is_marked_anew),
		TEST(agent__what_was_not_looked_at_is_told),
		TEST(agent__what_could_not_be_taken_away_is_tried_again),
		TEST(agent__copy_is_known_from_memory),
		TEST(agent__stopped_worker_is_an_outcome),
		TEST(agent__killed_worker_is_an_outcome),
		TEST(agent__files_wait_for_busy_workers),
		TEST(agent__dead_agent_lets_waiting_openings_through),
		TEST(agent__what_was_written_without_it_is_looked_at),
		TEST(agent__restart_keeps_identity_and_numbers),
		TEST(agent__labels_outlive_the_agent),
		TEST(agent__changed_file_is_looked_at_anew),
		TEST(agent__hostile_labels_cost_nothing),
		TEST(agent__bad_policy_leaves_the_good_one_in_force),
		TEST(agent__new_policy_takes_effect),
		TEST(agent__list_in_pieces_is_one_list),
		TEST(agent__doctor_is_right),
		TEST(agent__second_agent_on_the_same_state_refuses),
		TEST(agent__wrong_configuration_is_explained),
	};

	if (host_namespace() < 0) {
		fprintf(stderr, "needs root and loop devices\n");
		return 77;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
