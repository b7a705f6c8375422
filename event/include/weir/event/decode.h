/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_EVENT_DECODE_H
#define WEIR_EVENT_DECODE_H

/* Ring-buffer records into events. The bytes are treated as hostile: size, type, enum ranges and string ends are checked,
 * and nothing beyond len is read. */

#include <stddef.h>

#include "weir/abi/record.h"
#include "weir/base/macros.h"
#include "weir/event/event.h"

/* The type of a record (enum weir_abi_record), -EPROTO when it is no record of this ABI or its size is wrong for its
 * type. data need not be aligned. */
int weir_event_record_type(const void *data, size_t len) _must_use_;

/* WEIR_ABI_REC_VERDICT and WEIR_ABI_REC_SINK_OPEN. 0 or -EPROTO; *ret untouched on failure. realtime_offset_ns is
 * CLOCK_REALTIME - CLOCK_BOOTTIME. */
int weir_event_decode(const void *data, size_t len, uint64_t realtime_offset_ns,
		      struct weir_event *ret) _must_use_;

/* WEIR_ABI_REC_VOLUME: the dev that was classified, the process that used it first and the
 * channel given. */
int weir_event_decode_volume(const void *data, size_t len, uint32_t *ret_dev, uint32_t *ret_pid,
			     enum weir_abi_channel *ret_channel) _must_use_;

/* Stable names for output: "content", "lsm/file_permission", "removable", ... "unknown" for a number out of range. */
const char *weir_event_cause_name(enum weir_abi_cause cause);
const char *weir_event_hook_name(enum weir_abi_hook hook, enum weir_abi_tier tier);
const char *weir_event_channel_name(enum weir_abi_channel channel);
const char *weir_event_tier_name(enum weir_abi_tier tier);
const char *weir_event_activity_name(enum weir_activity activity);

#endif
