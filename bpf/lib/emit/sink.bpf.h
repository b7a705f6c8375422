/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef WEIR_BPF_EMIT_SINK_H
#define WEIR_BPF_EMIT_SINK_H

/* A file on a sink, or a block device that is one, as the subject of a verdict. */

#include "lib/emit/record.bpf.h"
#include "lib/extract/inode.bpf.h"
#include "lib/extract/volume.bpf.h"

static __always_inline void weir_emit_volume(const struct weir_sink *sink)
{
	struct weir_abi_volume_seen *seen = bpf_ringbuf_reserve(&weir_verdicts, sizeof(*seen), 0);

	if (!seen) {
		weir_dropped(WEIR_ABI_COUNT_DROP_VERDICT);
		return;
	}
	__builtin_memset(seen, 0, sizeof(*seen));
	weir_header(&seen->hdr, WEIR_ABI_REC_VOLUME, sizeof(*seen), NULL);
	seen->dev = sink->key.dev;
	seen->tgid = bpf_get_current_pid_tgid() >> 32;
	seen->channel = sink->volume.channel;
	bpf_ringbuf_submit(seen, 0);
}

/* The settings when file is on a sink that a profile holds and these programs are to act, else NULL; fills *ret, offset and length
 * apart. A volume that was classified just now is told to user space. */
static __always_inline struct weir_abi_config *weir_sink_subject(struct file *file, __u8 hook,
								 struct weir_subject *ret)
{
	struct weir_abi_config *config;
	struct weir_sink sink;

	if (!weir_sink_of(file, &sink) || sink.volume.profile == WEIR_ABI_PROFILE_NONE)
		return NULL;
	config = weir_active();
	if (!config)
		return NULL;
	*ret = (struct weir_subject){.file = file,
				     .key = sink.key,
				     .profile = sink.volume.profile,
				     .channel = sink.volume.channel,
				     .hook = hook};
	if (sink.fresh)
		weir_emit_volume(&sink);
	return config;
}

#endif
