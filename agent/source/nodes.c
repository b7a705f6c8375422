/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the table of device nodes. Any uevent that may matter makes it read sysfs again, as a whole: what
 * a message says is not believed, and none has to be kept in order. */

#include "weir/source/nodes.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "below.h"
#include "weir/base/fd.h"
#include "weir/base/parse.h"

#define NODES_MAX   4096 /* of one kind */
#define MESSAGE_MAX 8192
#define KERNEL_GROUP \
	1 /* of NETLINK_KOBJECT_UEVENT: what the kernel says, not what udev makes of it */
#define RECEIVE_BYTES (1 << 20)
#define MAJOR_LOOP    7

struct weir_nodes {
	const struct weir_device_options *options;
	int fd;
	struct weir_node *table; /* sorted */
	size_t count, room;
	struct weir_below below; /* named sinks */
};

static int listen_to_kernel(void)
{
	const struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = KERNEL_GROUP};
	const int bytes = RECEIVE_BYTES;
	int fd _cleanup_(weir_closep) = socket(
		AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_KOBJECT_UEVENT);

	if (fd < 0)
		return -1;
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
	if (bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		return -1;
	return TAKE_FD(fd);
}

int weir_nodes_new(const struct weir_device_options *options, struct weir_nodes **ret)
{
	struct weir_nodes *nodes = calloc(1, sizeof(*nodes));

	if (!nodes)
		return -ENOMEM;
	nodes->options = options;
	nodes->fd = listen_to_kernel();
	*ret = nodes;
	return 0;
}

void weir_nodes_free(struct weir_nodes *nodes)
{
	if (!nodes)
		return;
	weir_close(nodes->fd);
	free(nodes->table);
	free(nodes);
}

int weir_nodes_fd(const struct weir_nodes *nodes)
{
	return nodes->fd;
}

static bool concerns(const char *message, size_t len)
{
	static const char *const subsystems[] = {"SUBSYSTEM=block", "SUBSYSTEM=usb",
						 "SUBSYSTEM=scsi_generic", "SUBSYSTEM=bsg"};

	for (size_t at = 0; at < len; at += strnlen(message + at, len - at) + 1)
		for (size_t i = 0; i < ARRAY_SIZE(subsystems); i++)
			if (strcmp(message + at, subsystems[i]) == 0)
				return true;
	return false;
}

bool weir_nodes_changed(struct weir_nodes *nodes)
{
	char message[MESSAGE_MAX + 1];
	bool ret = false;

	for (;;) {
		ssize_t n = recv(nodes->fd, message, MESSAGE_MAX, 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return ret || errno == ENOBUFS;
		message[n] = '\0';
		ret |= concerns(message, (size_t)n);
	}
}

/* ---- reading sysfs ---- */

static int append(struct weir_nodes *into, const struct weir_node *node)
{
	if (into->count == into->room) {
		size_t room = into->room ? 2 * into->room : 64;
		struct weir_node *table = reallocarray(into->table, room, sizeof(*table));

		if (!table)
			return -ENOMEM;
		into->table = table;
		into->room = room;
	}
	into->table[into->count++] = *node;
	return 0;
}

/* The device's name below /dev, from its uevent file; else what its folder is called. */
static void read_name(const char *dir, struct weir_node *node)
{
	char path[PATH_MAX];
	struct weir_buf text _cleanup_(weir_buf_done) = WEIR_BUF_INIT(MESSAGE_MAX);
	const char *at = NULL, *slash = strrchr(dir, '/');

	if (snprintf(path, sizeof(path), "%s/uevent", dir) < (int)sizeof(path) &&
	    weir_read_file(AT_FDCWD, path, &text) == 0 && text.data)
		at = strstr(text.data, "DEVNAME=");
	if (at)
		(void)snprintf(node->name, sizeof(node->name), "%.*s",
			       (int)WEIR_MIN(strcspn(at + 8, "\n"), sizeof(node->name) - 1),
			       at + 8);
	else
		(void)snprintf(node->name, sizeof(node->name), "%.63s", slash ? slash + 1 : dir);
}

/* Partitions have their disk's. */
static uint64_t read_diskseq(const char *dir)
{
	static const char *const places[] = {"diskseq", "../diskseq"};
	char path[PATH_MAX], text[32];
	uint64_t value;

	for (size_t i = 0; i < ARRAY_SIZE(places); i++)
		if (snprintf(path, sizeof(path), "%s/%s", dir, places[i]) < (int)sizeof(path) &&
		    weir_device_attribute(path, text, sizeof(text)) &&
		    weir_parse_u64(text, &value) == 0)
			return value;
	return 0;
}

static bool read_dev(const char *dir, uint32_t *ret)
{
	char path[PATH_MAX], text[32];

	return snprintf(path, sizeof(path), "%s/dev", dir) < (int)sizeof(path) &&
	       weir_device_attribute(path, text, sizeof(text)) &&
	       weir_device_number(text, ret) == 0;
}

/* A folder that is still there had all that was read from it before. What was pulled meanwhile looks like a disk on no bus, of no
 * number: an entry of that kind would hold for whatever is plugged next, and stay for good if the agent died now. */
static bool still_there(const char *dir, const struct weir_node *node)
{
	uint32_t dev;

	return read_dev(dir, &dev) && dev == node->dev;
}

static int add_block(struct weir_nodes *into, const struct weir_mounts *mounts, const char *dir)
{
	struct weir_node node = {.block = true};

	if (!read_dev(dir, &node.dev))
		return 0;
	node.channel = weir_device_of_block(into->options, mounts, node.dev, &node.device);
	if (weir_below_has(&into->below, node.dev))
		node.channel = WEIR_ABI_CHANNEL_REMOVABLE;
	/* Local disks stay what they are; what they are asked for most is spared the comparison. */
	if (node.channel != WEIR_ABI_CHANNEL_NONE || WEIR_ABI_DEV_MAJOR(node.dev) == MAJOR_LOOP)
		node.diskseq = read_diskseq(dir);
	read_name(dir, &node);
	return still_there(dir, &node) ? append(into, &node) : 0;
}

static int add_char(struct weir_nodes *into, const struct weir_mounts *mounts, const char *dir)
{
	struct weir_node node = {0};

	if (!read_dev(dir, &node.dev))
		return 0;
	if (weir_device_of_folder(into->options, dir, &node.device))
		node.channel = WEIR_ABI_CHANNEL_REMOVABLE;
	read_name(dir, &node);
	return still_there(dir, &node) ? append(into, &node) : 0;
}

/* Each entry of a class's folder, resolved. */
static int walk_class(struct weir_nodes *into, const struct weir_mounts *mounts, const char *class,
		      int (*add)(struct weir_nodes *, const struct weir_mounts *, const char *))
{
	const char *sysfs = into->options->sysfs ? into->options->sysfs : "/sys";
	char path[PATH_MAX], entry_path[2 * PATH_MAX], dir[PATH_MAX];
	struct dirent *entry;
	size_t seen = 0;
	DIR *folder;
	int r = 0;

	if (snprintf(path, sizeof(path), "%s/%s", sysfs, class) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	folder = opendir(path);
	if (!folder)
		return errno == ENOENT ? 0 : -errno;
	while (r >= 0 && seen < NODES_MAX && (entry = readdir(folder))) {
		if (entry->d_name[0] == '.')
			continue;
		(void)snprintf(entry_path, sizeof(entry_path), "%s/%s", path, entry->d_name);
		if (!realpath(entry_path, dir))
			continue; /* pulled meanwhile */
		seen++;
		r = add(into, mounts, dir);
	}
	(void)closedir(folder);
	return r;
}

static int compare(const void *left, const void *right)
{
	const struct weir_node *a = left, *b = right;

	if (a->block != b->block)
		return a->block ? -1 : 1;
	return (a->dev > b->dev) - (a->dev < b->dev);
}

static bool same(const struct weir_node *a, const struct weir_node *b)
{
	const struct weir_device *x = &a->device, *y = &b->device;

	return a->channel == b->channel && a->diskseq == b->diskseq &&
	       strcmp(a->name, b->name) == 0 && strcmp(x->bus, y->bus) == 0 &&
	       strcmp(x->vendor_id, y->vendor_id) == 0 &&
	       strcmp(x->product_id, y->product_id) == 0 && strcmp(x->vendor, y->vendor) == 0 &&
	       strcmp(x->product, y->product) == 0 &&
	       strcmp(x->serial_number, y->serial_number) == 0 && x->interfaces == y->interfaces &&
	       x->encrypted == y->encrypted;
}

static const struct weir_node *find(const struct weir_node *table, size_t count,
				    const struct weir_node *key)
{
	return count ? bsearch(key, table, count, sizeof(*table), compare) : NULL;
}

static void report_missing(const struct weir_nodes *from, const struct weir_nodes *in, bool added,
			   weir_nodes_fn fn, void *context)
{
	for (size_t i = 0; i < from->count; i++) {
		const struct weir_node *other = find(in->table, in->count, &from->table[i]);

		if (!other || !same(&from->table[i], other))
			fn(context, &from->table[i], added);
	}
}

int weir_nodes_refresh(struct weir_nodes *nodes, const struct weir_mounts *mounts, weir_nodes_fn fn,
		       void *context)
{
	struct weir_nodes fresh = {.options = nodes->options}, old = *nodes;
	int r;

	weir_below_find(nodes->options, mounts, &fresh.below);
	r = walk_class(&fresh, mounts, "class/block", add_block);
	if (r >= 0)
		r = walk_class(&fresh, mounts, "bus/usb/devices", add_char);
	if (r >= 0)
		r = walk_class(&fresh, mounts, "class/scsi_generic", add_char);
	if (r >= 0)
		r = walk_class(&fresh, mounts, "class/bsg", add_char);
	if (r < 0) {
		free(fresh.table);
		return r;
	}
	if (fresh.count)
		qsort(fresh.table, fresh.count, sizeof(*fresh.table), compare);
	nodes->table = fresh.table;
	nodes->count = fresh.count;
	nodes->room = fresh.room;
	report_missing(&old, nodes, false, fn, context);
	report_missing(nodes, &old, true, fn, context);
	free(old.table);
	return 0;
}

const struct weir_node *weir_nodes_find(const struct weir_nodes *nodes, bool block, uint32_t dev)
{
	const struct weir_node key = {.block = block, .dev = dev};

	return find(nodes->table, nodes->count, &key);
}

const struct weir_node *weir_nodes_at(const struct weir_nodes *nodes, size_t i)
{
	return i < nodes->count ? &nodes->table[i] : NULL;
}

size_t weir_nodes_count(const struct weir_nodes *nodes)
{
	return nodes->count;
}
