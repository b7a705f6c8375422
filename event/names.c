/* SPDX-License-Identifier: Apache-2.0 */
#include "weir/base/macros.h"
#include "weir/event/decode.h"

static const char *name_of(const char *const *names, size_t n, int value)
{
	return value >= 0 && (size_t)value < n && names[value] ? names[value] : "unknown";
}

const char *weir_event_cause_name(enum weir_abi_cause cause)
{
	static const char *const names[] = {
		[WEIR_ABI_CAUSE_NONE] = "none",		[WEIR_ABI_CAUSE_CONTENT] = "content",
		[WEIR_ABI_CAUSE_LABEL] = "label",	[WEIR_ABI_CAUSE_UNREADABLE] = "unreadable",
		[WEIR_ABI_CAUSE_TOO_LONG] = "too_long", [WEIR_ABI_CAUSE_OPAQUE] = "opaque",
		[WEIR_ABI_CAUSE_NO_STATE] = "no_state", [WEIR_ABI_CAUSE_OPEN] = "open",
		[WEIR_ABI_CAUSE_CLOSED] = "closed",	[WEIR_ABI_CAUSE_DEVICE] = "device",
		[WEIR_ABI_CAUSE_GUARD] = "guard",
	};

	return name_of(names, ARRAY_SIZE(names), (int)cause);
}

/* Hooks that a tier has a name of its own for; NULL for the others. */
static const char *lsm_hook_name(enum weir_abi_hook hook)
{
	static const char *const names[_WEIR_ABI_HOOK_MAX] = {
		[WEIR_ABI_HOOK_FILE_OPEN] = "lsm/file_open",
		[WEIR_ABI_HOOK_FILE_PERMISSION] = "lsm/file_permission",
		[WEIR_ABI_HOOK_SOCKET_SENDMSG] = "lsm/socket_sendmsg",
		[WEIR_ABI_HOOK_MMAP_FILE] = "lsm/mmap_file",
		[WEIR_ABI_HOOK_FILE_MPROTECT] = "lsm/file_mprotect",
		[WEIR_ABI_HOOK_VOLUME_CHANGE] = "lsm/inode",
		[WEIR_ABI_HOOK_VOLUME_MOUNT] = "lsm/sb_set_mnt_opts",
		[WEIR_ABI_HOOK_NODE_IOCTL] = "lsm/file_ioctl",
	};

	return hook < _WEIR_ABI_HOOK_MAX ? names[hook] : NULL;
}

static const char *fmod_ret_hook_name(enum weir_abi_hook hook)
{
	static const char *const names[_WEIR_ABI_HOOK_MAX] = {
		[WEIR_ABI_HOOK_FILE_OPEN] = "fmod_ret/security_file_open",
		[WEIR_ABI_HOOK_FILE_PERMISSION] = "fmod_ret/security_file_permission",
		[WEIR_ABI_HOOK_SOCKET_SENDMSG] = "fmod_ret/security_socket_sendmsg",
		[WEIR_ABI_HOOK_MMAP_FILE] = "fmod_ret/security_mmap_file",
		[WEIR_ABI_HOOK_FILE_MPROTECT] = "fmod_ret/security_file_mprotect",
		[WEIR_ABI_HOOK_VOLUME_CHANGE] = "fmod_ret/security_inode",
		[WEIR_ABI_HOOK_VOLUME_MOUNT] = "fmod_ret/security_sb_set_mnt_opts",
		[WEIR_ABI_HOOK_NODE_IOCTL] = "fmod_ret/security_file_ioctl",
	};

	return hook < _WEIR_ABI_HOOK_MAX ? names[hook] : NULL;
}

static const char *plain_hook_name(enum weir_abi_hook hook)
{
	static const char *const names[] = {
		[WEIR_ABI_HOOK_NONE] = "none",
		[WEIR_ABI_HOOK_FILE_OPEN] = "observe/file_open",
		[WEIR_ABI_HOOK_FILE_PERMISSION] = "observe/file_permission",
		[WEIR_ABI_HOOK_SOCKET_SENDMSG] = "observe/socket_sendmsg",
		[WEIR_ABI_HOOK_CGROUP_EGRESS] = "cgroup/egress",
		[WEIR_ABI_HOOK_FANOTIFY_OPEN] = "fanotify/open",
		[WEIR_ABI_HOOK_FANOTIFY_CLOSE] = "fanotify/close",
		[WEIR_ABI_HOOK_MMAP_FILE] = "observe/mmap_file",
		[WEIR_ABI_HOOK_FILE_MPROTECT] = "observe/file_mprotect",
		[WEIR_ABI_HOOK_FAULT_IN] = "fexit/fault_in_readable",
		[WEIR_ABI_HOOK_VOLUME_CHANGE] = "observe/inode",
		[WEIR_ABI_HOOK_VOLUME_MOUNT] = "observe/sb_set_mnt_opts",
		[WEIR_ABI_HOOK_NODE_IOCTL] = "observe/file_ioctl",
		[WEIR_ABI_HOOK_GUARD_BPF] = "guard/bpf",
		[WEIR_ABI_HOOK_GUARD_FILE] = "guard/file",
		[WEIR_ABI_HOOK_GUARD_MOUNT] = "guard/mount",
		[WEIR_ABI_HOOK_GUARD_SIGNAL] = "guard/signal",
		[WEIR_ABI_HOOK_GUARD_TRACE] = "guard/trace",
		[WEIR_ABI_HOOK_GUARD_LIMIT] = "guard/limit",
		[WEIR_ABI_HOOK_GUARD_CONTROL] = "guard/control",
		[WEIR_ABI_HOOK_CGROUP_DEVICE] = "cgroup/dev",
	};

	return name_of(names, ARRAY_SIZE(names), (int)hook);
}

const char *weir_event_hook_name(enum weir_abi_hook hook, enum weir_abi_tier tier)
{
	const char *name = NULL;

	if (tier == WEIR_ABI_TIER_LSM)
		name = lsm_hook_name(hook);
	else if (tier == WEIR_ABI_TIER_FMOD_RET)
		name = fmod_ret_hook_name(hook);
	return name ? name : plain_hook_name(hook);
}

const char *weir_event_channel_name(enum weir_abi_channel channel)
{
	static const char *const names[] = {
		[WEIR_ABI_CHANNEL_NONE] = "none",	    [WEIR_ABI_CHANNEL_FILE] = "file",
		[WEIR_ABI_CHANNEL_REMOVABLE] = "removable", [WEIR_ABI_CHANNEL_SHARE] = "share",
		[WEIR_ABI_CHANNEL_NETWORK] = "network",	    [WEIR_ABI_CHANNEL_AGENT] = "agent",
	};

	return name_of(names, ARRAY_SIZE(names), (int)channel);
}

const char *weir_event_tier_name(enum weir_abi_tier tier)
{
	static const char *const names[] = {
		[WEIR_ABI_TIER_NONE] = "none",	       [WEIR_ABI_TIER_LSM] = "lsm",
		[WEIR_ABI_TIER_FMOD_RET] = "fmod_ret", [WEIR_ABI_TIER_OBSERVE] = "observe",
		[WEIR_ABI_TIER_SCAN] = "scan",
	};

	return name_of(names, ARRAY_SIZE(names), (int)tier);
}

const char *weir_event_activity_name(enum weir_activity activity)
{
	static const char *const names[] = {
		[WEIR_ACTIVITY_OPEN] = "open",	     [WEIR_ACTIVITY_WRITE] = "write",
		[WEIR_ACTIVITY_SEND] = "send",	     [WEIR_ACTIVITY_CLOSE] = "close",
		[WEIR_ACTIVITY_MOUNT] = "mount",     [WEIR_ACTIVITY_CHANGE] = "change",
		[WEIR_ACTIVITY_COMMAND] = "command", [WEIR_ACTIVITY_TAMPER] = "tamper",
		[WEIR_ACTIVITY_UNLOCK] = "unlock",   [WEIR_ACTIVITY_LOCK] = "lock",
		[WEIR_ACTIVITY_JUSTIFY] = "justify", [WEIR_ACTIVITY_AWAY] = "away",
	};

	return name_of(names, ARRAY_SIZE(names), (int)activity);
}
