/* SPDX-License-Identifier: Apache-2.0 */
#include "spool_state.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "weir/base/buf.h"
#include "weir/base/fd.h"

#define STATE_VERSION 1
#define STATE_MAX     (sizeof(struct state_head) + WEIR_SEQS_MAX * sizeof(uint64_t) + sizeof(uint32_t))

/* Little-endian; count sequences and the CRC of all before it follow. */
struct state_head {
	char magic[8];
	uint32_t version;
	uint32_t count;
	uint64_t epoch;
	uint64_t next_sequence;
	uint8_t boot_id[WEIR_SPOOL_BOOT_LEN];
};
_Static_assert(sizeof(struct state_head) == 48, "state_head");

static const char state_magic[8] = {'W', 'E', 'I', 'R', 'S', 'T', 'A', 'T'};

int weir_spool_state_write(int dirfd, const struct weir_spool_state *state,
			   const struct weir_seqs *seqs)
{
	struct weir_buf bytes _cleanup_(weir_buf_done) = WEIR_BUF_INIT(STATE_MAX);
	struct state_head head = {
		.version = htole32(STATE_VERSION),
		.count = htole32((uint32_t)weir_seqs_count(seqs)),
		.epoch = htole64(state->epoch),
		.next_sequence = htole64(state->next_sequence),
	};
	uint32_t crc;
	int r;

	memcpy(head.magic, state_magic, sizeof(state_magic));
	memcpy(head.boot_id, state->boot_id, sizeof(head.boot_id));
	r = weir_buf_append(&bytes, &head, sizeof(head));
	for (size_t i = 0; r >= 0 && i < weir_seqs_count(seqs); i++) {
		uint64_t seq = htole64(weir_seqs_at(seqs, i));

		r = weir_buf_append(&bytes, &seq, sizeof(seq));
	}
	if (r < 0)
		return r;
	crc = htole32(weir_spool_crc(bytes.data, bytes.len));
	r = weir_buf_append(&bytes, &crc, sizeof(crc));
	if (r < 0)
		return r;
	return weir_write_file_atomic(dirfd, WEIR_SPOOL_STATE_FILE, bytes.data, bytes.len, 0600);
}

static int check(const struct weir_buf *bytes, struct state_head *ret)
{
	struct state_head head;
	uint32_t crc;

	if (bytes->len < sizeof(head) + sizeof(crc))
		return -EBADMSG;
	memcpy(&head, bytes->data, sizeof(head));
	memcpy(&crc, bytes->data + bytes->len - sizeof(crc), sizeof(crc));
	if (memcmp(head.magic, state_magic, sizeof(state_magic)) != 0 ||
	    le32toh(head.version) != STATE_VERSION)
		return -EBADMSG;
	if (le32toh(crc) != weir_spool_crc(bytes->data, bytes->len - sizeof(crc)))
		return -EBADMSG;
	if (le32toh(head.count) != (bytes->len - sizeof(head) - sizeof(crc)) / sizeof(uint64_t))
		return -EBADMSG;
	*ret = head;
	return 0;
}

int weir_spool_state_read(int dirfd, const uint8_t boot_id[static WEIR_SPOOL_BOOT_LEN],
			  struct weir_spool_state *ret, struct weir_seqs *seqs)
{
	struct weir_buf bytes _cleanup_(weir_buf_done) = WEIR_BUF_INIT(STATE_MAX);
	struct state_head head;
	int r = weir_read_file(dirfd, WEIR_SPOOL_STATE_FILE, &bytes);

	if (r == -ENOBUFS)
		return -EBADMSG;
	if (r < 0)
		return r;
	r = check(&bytes, &head);
	if (r < 0)
		return r;
	for (uint32_t i = 0;
	     memcmp(head.boot_id, boot_id, sizeof(head.boot_id)) == 0 && i < le32toh(head.count);
	     i++) {
		uint64_t seq;

		memcpy(&seq, bytes.data + sizeof(head) + i * sizeof(seq), sizeof(seq));
		weir_seqs_add(seqs, le64toh(seq));
	}
	*ret = (struct weir_spool_state){.epoch = le64toh(head.epoch),
					 .next_sequence = le64toh(head.next_sequence)};
	memcpy(ret->boot_id, head.boot_id, sizeof(head.boot_id));
	return 0;
}
