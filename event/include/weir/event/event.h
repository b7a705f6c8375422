/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_EVENT_EVENT_H
#define WEIR_EVENT_EVENT_H

/* One thing that happened on a channel, whoever saw it: a kernel program or fanotify. Plain data, no pointers, copied by
 * assignment. Strings are NUL-terminated and cut, never overrun; bytes from the kernel are made valid UTF-8. */

#include <stdbool.h>
#include <stdint.h>

#include "weir/abi/record.h"

#define WEIR_EVENT_PATH_MAX 1024

struct weir_process {
	uint64_t start_boot_ns;
	uint32_t pid;
	uint32_t tid;
	uint32_t parent_pid;
	uint32_t uid;
	uint32_t gid;
	uint32_t login_uid; /* (uint32_t) -1 when unset */
	char name[WEIR_ABI_COMM_LEN * 3];
	char executable[WEIR_ABI_EXE_LEN * 3];
};

/* What the interfaces of a USB device are for; numbers are bits of a set. */
enum weir_usb_class {
	WEIR_USB_OTHER = 0,
	WEIR_USB_AUDIO,
	WEIR_USB_COMMUNICATIONS,
	WEIR_USB_HID,
	WEIR_USB_IMAGING, /* cameras and telephones: PTP, MTP */
	WEIR_USB_PRINTER,
	WEIR_USB_MASS_STORAGE,
	WEIR_USB_HUB,
	WEIR_USB_SMART_CARD,
	WEIR_USB_VIDEO,
	WEIR_USB_WIRELESS,
	WEIR_USB_VENDOR,
	WEIR_USB_ADB, /* the debugging bridge of telephones: it takes files */
	_WEIR_USB_MAX,
};

#define WEIR_USB_SET(usb_class) (1U << (usb_class))
/* Interfaces that take files away. */
#define WEIR_USB_STORES                                                         \
	(WEIR_USB_SET(WEIR_USB_MASS_STORAGE) | WEIR_USB_SET(WEIR_USB_IMAGING) | \
	 WEIR_USB_SET(WEIR_USB_ADB))

/* A storage device as its bus describes it. */
struct weir_device {
	char bus[16];	   /* "usb", "loop", "" when not known */
	char vendor_id[8]; /* four hexadecimal digits */
	char product_id[8];
	char vendor[64];
	char product[64];
	char serial_number[128];
	uint32_t interfaces; /* set of enum weir_usb_class: of the interface that the volume is on,
				or of all of a device */
	bool encrypted;	     /* what is written passes a LUKS layer on its way */
	char filesystem[32];
	char mount_point[WEIR_EVENT_PATH_MAX];
};

enum weir_activity {
	WEIR_ACTIVITY_OPEN = 1, /* opened for writing */
	WEIR_ACTIVITY_WRITE,
	WEIR_ACTIVITY_SEND,
	WEIR_ACTIVITY_CLOSE, /* closed after writing, classified */
	WEIR_ACTIVITY_MOUNT,
	WEIR_ACTIVITY_CHANGE,  /* names, links or attributes on a volume */
	WEIR_ACTIVITY_COMMAND, /* to a device, past its files */
	WEIR_ACTIVITY_TAMPER,  /* with what is the agent's own */
	WEIR_ACTIVITY_UNLOCK,  /* the guard on it was opened by a signed unlock */
	WEIR_ACTIVITY_LOCK,    /* and closed again */
	WEIR_ACTIVITY_JUSTIFY, /* a person gave the reason for what was refused with a warning */
	WEIR_ACTIVITY_AWAY,    /* the agent is back; from since_ns on it was not there */
	_WEIR_ACTIVITY_MAX,
	_WEIR_ACTIVITY_INVALID = -22,
};

struct weir_event {
	uint64_t kernel_seq; /* 0 when user space saw it */
	uint64_t boot_ns;
	uint64_t time_ns;  /* since 1970 UTC */
	uint64_t since_ns; /* the same clock; 0 but with WEIR_ACTIVITY_AWAY */
	enum weir_activity activity;
	enum weir_abi_channel channel;
	enum weir_abi_action action; /* what was done */
	enum weir_abi_cause cause;
	enum weir_abi_hook hook;
	enum weir_abi_tier tier;
	uint8_t profile;
	bool selftest;
	bool late;   /* found after the data had landed */
	bool passed; /* action is warn, and a pass was used: it was let through */
	struct weir_process process;
	struct weir_abi_inode target;
	struct weir_abi_inode label; /* zero when none */
	char path
		[WEIR_EVENT_PATH_MAX]; /* below the volume's root until the pipeline has joined the mount point */
	struct weir_abi_address remote;
	struct weir_abi_address local;
	uint64_t offset, length;
	uint64_t landed_start, landed_end; /* let through before the verdict */
	uint64_t suppressed;
	uint64_t ctime_ns; /* of an opened file, before the opening; 0: not known */
	uint32_t distinct[_WEIR_ABI_DET_MAX];
	uint32_t labelled[_WEIR_ABI_DET_MAX];
};

/* Was it refused, or undone? */
static inline bool weir_event_refused(const struct weir_event *event)
{
	return event->action == WEIR_ABI_ACTION_BLOCK ||
	       (event->action == WEIR_ABI_ACTION_WARN && !event->passed);
}

#endif
