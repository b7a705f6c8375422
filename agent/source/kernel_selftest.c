/* SPDX-License-Identifier: Apache-2.0 */
/* Does a hook deny? A child process does the forbidden thing in a scratch place, and the same thing with harmless content: a hook
 * counts when the first failed and the second went through.
 *
 * The child has a mount namespace and a tmpfs of its own, entered as a sink of the self-test profile; for the network it sends
 * datagrams to a loopback port that only the self-test's destination entry names. Nothing outside is touched. */

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "kernel_private.h"
#include "weir/base/fd.h"
#include "weir/base/time.h"

#define PROBE_VALUES	 3
#define PROBE_TIMEOUT_MS 5000
#define SCRATCH_WALK	 8192
#define PROBE_LEAD	 64 /* bytes in memory before those that are not */

/* What each probe must see; of the network's hooks, the one in use. */
static const struct probe_hook {
	enum weir_abi_hook hook;
	unsigned probe; /* enum kernel_probe */
	bool by_itself; /* the probe holds without it */
	const char *operation;
} probe_hooks[] = {
	{WEIR_ABI_HOOK_FILE_OPEN, KERNEL_PROBE_FILE | KERNEL_PROBE_HOLD, false, "open for writing"},
	{WEIR_ABI_HOOK_FILE_PERMISSION, KERNEL_PROBE_FILE, false, "write"},
	{WEIR_ABI_HOOK_MMAP_FILE, KERNEL_PROBE_MAP, false, "map shared for writing"},
	{WEIR_ABI_HOOK_FILE_MPROTECT, KERNEL_PROBE_MAP, false, "make a shared mapping writable"},
	{WEIR_ABI_HOOK_FAULT_IN, KERNEL_PROBE_LATE, false, "write what is not in memory"},
	{WEIR_ABI_HOOK_VOLUME_CHANGE, KERNEL_PROBE_DEVICE, false, "make a folder"},
	{WEIR_ABI_HOOK_VOLUME_MOUNT, KERNEL_PROBE_DEVICE, true, "mount"},
	{WEIR_ABI_HOOK_SOCKET_SENDMSG, KERNEL_PROBE_NET, false, "send"},
	{WEIR_ABI_HOOK_CGROUP_EGRESS, KERNEL_PROBE_NET, false, "send"},
	{WEIR_ABI_HOOK_CGROUP_DEVICE, KERNEL_PROBE_NODE, false, "open a disk for writing"},
	{WEIR_ABI_HOOK_GUARD_BPF, KERNEL_PROBE_GUARD, true, "descriptor of a map"},
	{WEIR_ABI_HOOK_GUARD_FILE, KERNEL_PROBE_GUARD, true, "remove"},
	{WEIR_ABI_HOOK_GUARD_MOUNT, KERNEL_PROBE_GUARD, true, "mount on"},
	{WEIR_ABI_HOOK_GUARD_SIGNAL, KERNEL_PROBE_GUARD, true, "terminate"},
	{WEIR_ABI_HOOK_GUARD_TRACE, KERNEL_PROBE_GUARD, true, "trace"},
	{WEIR_ABI_HOOK_GUARD_LIMIT, KERNEL_PROBE_GUARD, true, "limit"},
	{WEIR_ABI_HOOK_GUARD_CONTROL, KERNEL_PROBE_GUARD, true, "oom_score_adj"},
};

/* One line each on the pipe from the child. */
struct probe_result {
	uint32_t hook;
	int32_t denied_errno; /* of the forbidden operation; 0: it went through */
	int32_t clean_errno;  /* of the harmless one; 0: it went through */
};

/* An 18-digit number of the shape of a resident ID, with the right or the next check character. Region 110000 is no county's,
 * so no person has such a number. */
static void make_number(unsigned sequence, bool valid, char out[static 19])
{
	static const char check[] = "10X98765432";
	unsigned sum = 0, weight = 7;

	(void)snprintf(out, 19, "11000019900101%03u", sequence % 1000);
	for (int i = 0; i < 17; i++) {
		sum += (unsigned)(out[i] - '0') * weight;
		weight = weight * 6 % 11;
	}
	out[17] = check[(sum + (valid ? 0 : 1)) % 11];
	out[18] = '\0';
}

static size_t make_text(bool valid, char *out, size_t size)
{
	size_t len = 0;

	for (unsigned i = 0; i < PROBE_VALUES; i++) {
		char number[19];

		make_number(100 + i, valid, number);
		len += (size_t)snprintf(out + len, size - len, "%s\n", number);
	}
	return len;
}

/* ---- in the child ---- */

int kernel_probe_tell(int out, enum weir_abi_hook hook, int denied, int clean)
{
	const struct probe_result result = {
		.hook = hook, .denied_errno = denied, .clean_errno = clean};

	return weir_write_full(out, &result, sizeof(result));
}

static int write_file(const char *path, bool valid)
{
	char text[128];
	size_t len = make_text(valid, text, sizeof(text));
	int fd _cleanup_(weir_closep) = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0)
		return errno;
	return write(fd, text, len) < 0 ? errno : 0;
}

static int open_file(const char *path)
{
	int fd _cleanup_(weir_closep) = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	return fd < 0 ? errno : 0;
}

/* Sets what the self-test's profile says about opening. */
static int set_on_open(struct weir_kernel *kernel, uint8_t action)
{
	struct weir_abi_config config;
	int r = kernel_config_read(kernel, &config);

	if (r < 0)
		return r;
	config.profiles[WEIR_ABI_PROFILE_SELFTEST].on_open = action;
	return kernel_config_write(kernel, &config);
}

/* What the self-test's profile says of the device. */
static int set_flags(struct weir_kernel *kernel, uint32_t flags)
{
	struct weir_abi_config config;
	int r = kernel_config_read(kernel, &config);

	if (r < 0)
		return r;
	config.profiles[WEIR_ABI_PROFILE_SELFTEST].flags = WEIR_ABI_PROFILE_IS_SELFTEST | flags;
	return kernel_config_write(kernel, &config);
}

static int make_folder(const char *path)
{
	return mkdir(path, 0700) < 0 ? errno : 0;
}

static int mount_queues(void)
{
	return mount("weir-selftest", "queues", "mqueue", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) <
			       0
		       ? errno
		       : 0;
}

static int enter_scratch(struct weir_kernel *kernel, uint32_t *ret_dev)
{
	const struct weir_abi_volume volume = {.channel = WEIR_ABI_CHANNEL_REMOVABLE,
					       .profile = WEIR_ABI_PROFILE_SELFTEST};
	struct stat st;

	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("weir-selftest", kernel->scratch_dir, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC,
		  "size=64k,mode=0700") < 0 ||
	    chdir(kernel->scratch_dir) < 0 || stat(".", &st) < 0)
		return -errno;
	*ret_dev = WEIR_ABI_DEV(major(st.st_dev), minor(st.st_dev));
	return weir_kernel_set_volume(kernel, *ret_dev, &volume);
}

/* Opening is refused whatever is written, writing by what it is. */
static int probe_files(struct weir_kernel *kernel, bool writing, int out)
{
	struct probe_result opened = {.hook = WEIR_ABI_HOOK_FILE_OPEN};
	struct probe_result written = {.hook = WEIR_ABI_HOOK_FILE_PERMISSION};
	uint32_t dev = 0;
	int r = enter_scratch(kernel, &dev);

	if (r < 0)
		return r;
	if (writing)
		written.denied_errno = write_file("forbidden", true);
	written.clean_errno = write_file("harmless", false);
	opened.clean_errno = open_file("harmless");
	r = set_on_open(kernel, WEIR_ABI_ACTION_BLOCK);
	if (r >= 0) {
		opened.denied_errno = open_file("refused");
		r = set_on_open(kernel, WEIR_ABI_ACTION_ALLOW);
	}
	(void)!weir_kernel_forget_volume(kernel, dev);
	if (r >= 0)
		r = weir_write_full(out, &opened, sizeof(opened));
	return r < 0 || !writing ? r : weir_write_full(out, &written, sizeof(written));
}

static int probe_change(struct weir_kernel *kernel, int out)
{
	struct probe_result changed = {.hook = WEIR_ABI_HOOK_VOLUME_CHANGE};
	uint32_t dev = 0;
	int r = enter_scratch(kernel, &dev);

	if (r >= 0)
		r = set_flags(kernel, WEIR_ABI_PROFILE_UNCHANGED);
	if (r < 0)
		return r;
	changed.denied_errno = make_folder("refused");
	r = set_flags(kernel, 0);
	if (r < 0)
		return r;
	changed.clean_errno = make_folder("queues");
	(void)!weir_kernel_forget_volume(kernel, dev);
	return weir_write_full(out, &changed, sizeof(changed));
}

/* The file system of message queues is the same one at each mount within a namespace, so that its number is known before. */
static int probe_mount(struct weir_kernel *kernel, int out)
{
	const struct weir_abi_volume volume = {.channel = WEIR_ABI_CHANNEL_REMOVABLE,
					       .profile = WEIR_ABI_PROFILE_SELFTEST};
	struct probe_result mounted = {.hook = WEIR_ABI_HOOK_VOLUME_MOUNT};
	struct stat st;
	uint32_t dev;
	int r;

	if (unshare(CLONE_NEWIPC) < 0 || mount_queues() || stat("queues", &st) < 0)
		return -errno;
	dev = WEIR_ABI_DEV(major(st.st_dev), minor(st.st_dev));
	r = weir_kernel_set_volume(kernel, dev, &volume);
	if (r >= 0)
		r = set_flags(kernel, WEIR_ABI_PROFILE_UNREAD);
	if (r < 0)
		return r;
	mounted.denied_errno = mount_queues();
	r = set_flags(kernel, 0);
	if (r < 0)
		return r;
	/* The same twice at one place is EBUSY. */
	(void)umount2("queues", MNT_DETACH);
	mounted.clean_errno = mount_queues();
	(void)!weir_kernel_forget_volume(kernel, dev);
	return weir_write_full(out, &mounted, sizeof(mounted));
}

static int map_file(int fd, int protection, int flags, void **ret)
{
	*ret = mmap(NULL, 1, protection, flags, fd, 0);
	return *ret == MAP_FAILED ? errno : 0;
}

/* Maps a file and makes the mapping writable afterwards. */
static int protect_file(int fd, int flags)
{
	void *memory;
	int error = map_file(fd, PROT_READ, flags, &memory);

	if (error)
		return error;
	if (mprotect(memory, 1, PROT_READ | PROT_WRITE) < 0)
		error = errno;
	(void)munmap(memory, 1);
	return error;
}

static int probe_maps(struct weir_kernel *kernel, int out)
{
	const int writable = PROT_READ | PROT_WRITE;
	int fd _cleanup_(weir_closep) = -1;
	uint32_t dev = 0;
	void *memory;
	int r = enter_scratch(kernel, &dev);

	if (r < 0)
		return r;
	fd = open("mapped", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	r = kernel_probe_tell(out, WEIR_ABI_HOOK_MMAP_FILE,
			      map_file(fd, writable, MAP_SHARED, &memory),
			      map_file(fd, writable, MAP_PRIVATE, &memory));
	if (r >= 0)
		r = kernel_probe_tell(out, WEIR_ABI_HOOK_FILE_MPROTECT,
				      protect_file(fd, MAP_SHARED), protect_file(fd, MAP_PRIVATE));
	(void)!weir_kernel_forget_volume(kernel, dev);
	return r;
}

/* Two pages, of which only the first is in memory: its end is nobody's, the numbers begin the second. Returns what lies there,
 * NULL and errno when it cannot be made. */
static char *unseen_text(bool valid, size_t *ret_len)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char text[128];
	size_t len = make_text(valid, text, sizeof(text));
	int fd _cleanup_(weir_closep) = memfd_create("weir-selftest", MFD_CLOEXEC);
	char *pages;

	if (fd < 0 || ftruncate(fd, (off_t)(2 * page)) < 0 ||
	    pwrite(fd, text, len, (off_t)page) != (ssize_t)len)
		return NULL;
	pages = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	if (pages == MAP_FAILED)
		return NULL;
	memset(pages + page - PROBE_LEAD, '\n', PROBE_LEAD);
	*ret_len = PROBE_LEAD + len;
	return pages + page - PROBE_LEAD;
}

/* The errno of the write, 0 when all of it went through. */
static int write_unseen(int fd, bool valid)
{
	size_t len;
	const char *text = unseen_text(valid, &len);
	ssize_t n = text ? write(fd, text, len) : -1;

	if (n < 0)
		return errno;
	return (size_t)n == len ? 0 : EIO;
}

/* A write that is stopped ends its process: another one tells what it left. Nothing may have landed, also not what was in memory:
 * a kernel that copies before it brings in the rest cannot be stopped in time. */
static _Noreturn void watch_write(int out, int alive, int target, int clean_errno)
{
	char word;
	bool ended = weir_read_full(alive, &word, 1) == 0;
	struct stat st;
	int stopped = ended && fstat(target, &st) == 0 && st.st_size == 0 ? EPERM : 0;

	_exit(kernel_probe_tell(out, WEIR_ABI_HOOK_FAULT_IN, stopped, clean_errno) < 0);
}

/* The last of the probes, since what it waits for is its end. */
static int probe_late(struct weir_kernel *kernel, int out)
{
	int harmless _cleanup_(weir_closep) = -1, target _cleanup_(weir_closep) = -1;
	uint32_t dev = 0;
	int alive[2], clean_errno, r = enter_scratch(kernel, &dev);
	pid_t pid;

	if (r < 0)
		return r;
	harmless = open("harmless", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	target = open("forbidden", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (harmless < 0 || target < 0 || pipe2(alive, O_CLOEXEC) < 0)
		return -errno;
	clean_errno = write_unseen(harmless, false);
	pid = fork();
	if (pid == 0) {
		(void)weir_close(alive[1]);
		watch_write(out, alive[0], target, clean_errno);
	}
	if (pid > 0) {
		(void)write_unseen(target, true);
		r = weir_write_full(alive[1], "a", 1);
		(void)waitpid(pid, NULL, 0);
	}
	(void)weir_close(alive[0]);
	(void)weir_close(alive[1]);
	(void)!weir_kernel_forget_volume(kernel, dev);
	return pid < 0 ? -errno : r;
}

static int send_text(const struct sockaddr_in *to, bool valid)
{
	char text[128];
	size_t len = make_text(valid, text, sizeof(text));
	int fd _cleanup_(weir_closep) = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return errno;
	return sendto(fd, text, len, MSG_DONTWAIT, (const struct sockaddr *)to, sizeof(*to)) < 0
		       ? errno
		       : 0;
}

void kernel_enter_cgroup(const struct weir_kernel *kernel)
{
	char path[PATH_MAX];
	int fd _cleanup_(weir_closep) = -1;

	if (!kernel->cgroup ||
	    snprintf(path, sizeof(path), "%s/cgroup.procs", kernel->cgroup) >= (int)sizeof(path))
		return;
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd >= 0)
		(void)!weir_write_full(fd, "0", 1);
}

static int probe_net(struct weir_kernel *kernel, enum weir_abi_hook hook, int out)
{
	struct weir_abi_dest dest = {.addr = {[10] = 0xff, 0xff, 127, 0, 0, 1},
				     .prefix = 128,
				     .profile = WEIR_ABI_PROFILE_SELFTEST};
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct probe_result sent = {.hook = hook};
	socklen_t len = sizeof(to);
	int sink _cleanup_(weir_closep) = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int r;

	kernel_enter_cgroup(kernel);
	if (sink < 0 || bind(sink, (struct sockaddr *)&to, sizeof(to)) < 0 ||
	    getsockname(sink, (struct sockaddr *)&to, &len) < 0)
		return -errno;
	dest.port = ntohs(to.sin_port);
	r = kernel_set_probe_dest(kernel, &dest);
	if (r < 0)
		return r;
	sent.denied_errno = send_text(&to, true);
	sent.clean_errno = send_text(&to, false);
	return weir_write_full(out, &sent, sizeof(sent));
}

/* Never returns. Waits for the word to start, since its number must be in the settings first. */
static _Noreturn void child(struct weir_kernel *kernel, unsigned probes,
			    enum weir_abi_hook net_hook, int start, int out)
{
	char word;
	int r = 0;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (weir_read_full(start, &word, 1) != 1)
		_exit(1);
	if (probes & (KERNEL_PROBE_FILE | KERNEL_PROBE_HOLD))
		r = probe_files(kernel, probes & KERNEL_PROBE_FILE, out);
	if (r >= 0 && (probes & KERNEL_PROBE_DEVICE))
		r = probe_change(kernel, out);
	if (r >= 0 && (probes & KERNEL_PROBE_DEVICE))
		(void)!probe_mount(kernel, out); /* what it could not try, it has no evidence of */
	if (r >= 0 && (probes & KERNEL_PROBE_GUARD))
		r = kernel_guard_probe(kernel, out);
	if (r >= 0 && (probes & KERNEL_PROBE_MAP))
		r = probe_maps(kernel, out);
	if (r >= 0 && (probes & KERNEL_PROBE_NODE))
		(void)!kernel_node_probe(kernel, out); /* without evidence it does not hold */
	if (r >= 0 && (probes & KERNEL_PROBE_NET))
		r = probe_net(kernel, net_hook, out);
	if (r >= 0 && (probes & KERNEL_PROBE_LATE))
		r = probe_late(kernel, out);
	_exit(r < 0 ? WEIR_MIN(-r, 125) : 0);
}

/* ---- in the agent ---- */

struct weir_hook_evidence *kernel_evidence_of(struct weir_kernel *kernel, enum weir_abi_hook hook)
{
	for (size_t i = 0; i < kernel->n_evidence; i++)
		if (kernel->evidence[i].hook == hook)
			return &kernel->evidence[i];
	kernel->evidence[kernel->n_evidence] = (struct weir_hook_evidence){.hook = hook};
	return &kernel->evidence[kernel->n_evidence++];
}

static bool is_refusal(int error)
{
	return error == EACCES || error == EPERM;
}

/* NULL: no probe is about this hook. */
static const struct probe_hook *probe_hook_of(uint32_t hook)
{
	for (size_t i = 0; i < ARRAY_SIZE(probe_hooks); i++)
		if (probe_hooks[i].hook == hook)
			return &probe_hooks[i];
	return NULL;
}

static bool is_expected(const struct probe_hook *hook, unsigned probes, enum weir_abi_hook net_hook)
{
	return (hook->probe & probes) &&
	       (hook->probe != KERNEL_PROBE_NET || hook->hook == net_hook);
}

static void note(struct weir_kernel *kernel, const struct probe_result *result,
		 const char *operation)
{
	struct weir_hook_evidence *evidence =
		kernel_evidence_of(kernel, (enum weir_abi_hook)result->hook);
	char refused[64], clean[64];

	evidence->attached = true;
	evidence->denied = is_refusal(result->denied_errno);
	evidence->passed_clean = result->clean_errno == 0;
	evidence->error = 0;
	evidence->at_ns = weir_now_realtime();
	(void)snprintf(evidence->text, sizeof(evidence->text),
		       "%s: forbidden -> %s, harmless -> %s", operation,
		       result->denied_errno
			       ? strerror_r(result->denied_errno, refused, sizeof(refused))
			       : "went through",
		       result->clean_errno ? strerror_r(result->clean_errno, clean, sizeof(clean))
					   : "went through");
}

/* Until a hook was heard of it has shown nothing: evidence of an earlier test must not stand in for it. */
static void note_silence(struct weir_kernel *kernel, unsigned probes, enum weir_abi_hook net_hook)
{
	for (size_t i = 0; i < ARRAY_SIZE(probe_hooks); i++) {
		struct weir_hook_evidence *evidence;

		if (!is_expected(&probe_hooks[i], probes, net_hook))
			continue;
		evidence = kernel_evidence_of(kernel, probe_hooks[i].hook);
		*evidence = (struct weir_hook_evidence){.hook = probe_hooks[i].hook,
							.attached = true,
							.error = -ETIMEDOUT,
							.at_ns = weir_now_realtime()};
		(void)snprintf(evidence->text, sizeof(evidence->text),
			       "the self-test did not get as far as this hook");
	}
}

/* The probes that hold: all their hooks must, but of the guard, whose hooks stand for themselves, any. */
static unsigned held(const struct weir_kernel *kernel, unsigned probes, enum weir_abi_hook net_hook)
{
	unsigned good = probes & ~(unsigned)KERNEL_PROBE_GUARD;

	for (size_t i = 0; i < kernel->n_evidence; i++) {
		const struct weir_hook_evidence *evidence = &kernel->evidence[i];
		const struct probe_hook *hook = probe_hook_of(evidence->hook);
		bool shown = evidence->denied && evidence->passed_clean;

		if (!hook || !is_expected(hook, probes, net_hook))
			continue;
		if (hook->probe == KERNEL_PROBE_GUARD && shown)
			good |= KERNEL_PROBE_GUARD;
		if (!hook->by_itself && !shown)
			good &= ~(unsigned)hook->probe;
	}
	return good;
}

/* Reads what the child says until it is done or late. */
static void collect(struct weir_kernel *kernel, int in)
{
	const uint64_t deadline = weir_now_monotonic() + PROBE_TIMEOUT_MS * WEIR_NSEC_PER_MSEC;

	for (;;) {
		struct pollfd poller = {.fd = in, .events = POLLIN};
		uint64_t now = weir_now_monotonic();
		const struct probe_hook *hook;
		struct probe_result result;

		if (now >= deadline ||
		    poll(&poller, 1, (int)((deadline - now) / WEIR_NSEC_PER_MSEC)) <= 0)
			break;
		if (weir_read_full(in, &result, sizeof(result)) != sizeof(result))
			break;
		hook = probe_hook_of(result.hook);
		if (!hook)
			break;
		note(kernel, &result, hook->operation);
	}
}

static int set_test(struct weir_kernel *kernel, pid_t tgid)
{
	struct weir_abi_config config;
	int r = kernel_config_read(kernel, &config);

	if (r < 0)
		return r;
	config.test_generation = tgid ? kernel->generation : 0;
	config.test_tgid = (__u32)tgid;
	config.profiles[WEIR_ABI_PROFILE_SELFTEST] =
		(struct weir_abi_profile){.limit = {[WEIR_ABI_DET_CN_RESIDENT_ID] = PROBE_VALUES,
						    [WEIR_ABI_DET_PAYMENT_CARD] = PROBE_VALUES},
					  .action = WEIR_ABI_ACTION_BLOCK,
					  .on_unscannable = WEIR_ABI_ACTION_BLOCK,
					  .on_failure = WEIR_ABI_ACTION_BLOCK,
					  .flags = WEIR_ABI_PROFILE_IS_SELFTEST};
	return kernel_config_write(kernel, &config);
}

/* What a child that was late had entered: the number would be the next file system's. */
static void forget_scratch(struct weir_kernel *kernel)
{
	const int map = kernel->maps[KERNEL_MAP_VOLUMES];
	uint32_t dev, next;
	int r = bpf_map_get_next_key(map, NULL, &next);

	/* Bounded: a key that goes away meanwhile starts the walk anew. */
	for (int i = 0; r == 0 && i < SCRATCH_WALK; i++) {
		struct weir_abi_volume volume;

		dev = next;
		r = bpf_map_get_next_key(map, &dev, &next);
		if (bpf_map_lookup_elem(map, &dev, &volume) == 0 &&
		    volume.profile == WEIR_ABI_PROFILE_SELFTEST)
			(void)!weir_kernel_forget_volume(kernel, dev);
	}
}

int kernel_probe(struct weir_kernel *kernel, unsigned probes, enum weir_abi_hook net_hook)
{
	int start[2], out[2], r, status;
	pid_t pid;

	if (pipe2(start, O_CLOEXEC) < 0)
		return -errno;
	if (pipe2(out, O_CLOEXEC) < 0) {
		r = -errno;
		(void)weir_close(start[0]);
		(void)weir_close(start[1]);
		return r;
	}
	pid = fork();
	if (pid == 0) {
		(void)weir_close(start[1]);
		(void)weir_close(out[0]);
		child(kernel, probes, net_hook, start[0], out[1]);
	}
	r = pid < 0 ? -errno : 0;
	note_silence(kernel, probes, net_hook);
	(void)weir_close(start[0]);
	(void)weir_close(out[1]);
	if (r >= 0)
		r = set_test(kernel, pid);
	if (r >= 0)
		r = weir_write_full(start[1], "g", 1);
	if (r >= 0)
		collect(kernel, out[0]);
	(void)weir_close(start[1]);
	(void)weir_close(out[0]);
	if (pid > 0) {
		(void)kill(pid, SIGKILL);
		(void)waitpid(pid, &status, 0);
	}
	(void)!kernel_set_probe_dest(kernel, NULL);
	(void)set_test(kernel, 0);
	forget_scratch(kernel);
	return r < 0 ? r : (int)held(kernel, probes, net_hook);
}
