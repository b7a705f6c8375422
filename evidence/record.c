/* SPDX-License-Identifier: Apache-2.0 */
/* Owns: the form and the bounds of what is sealed. Must not know keys. */

#include "weir/evidence/record.h"

#include <errno.h>
#include <string.h>

#include "weir/base/utf8.h"
#include "weir/v1/evidence.pb-c.h"

#define SCHEMA 1

static bool text_valid(const char *text)
{
	const size_t len = strnlen(text, WEIR_EVIDENCE_TEXT_MAX + 1);

	return len <= WEIR_EVIDENCE_TEXT_MAX && weir_utf8_valid(text, len) == len;
}

static const char *part_of(const struct weir_evidence_piece *piece)
{
	return piece->part ? piece->part : "";
}

/* The size is the content's; what was unpacked from it may be longer. */
static bool pieces_valid(const struct weir_evidence *evidence)
{
	const char *part = NULL;
	uint64_t end = 0;

	if (evidence->n_pieces == 0 || evidence->n_pieces > WEIR_EVIDENCE_PIECES_MAX)
		return false;
	for (size_t i = 0; i < evidence->n_pieces; i++) {
		const struct weir_evidence_piece *piece = &evidence->pieces[i];

		if (!part || strcmp(part_of(piece), part) != 0)
			end = 0;
		part = part_of(piece);
		if (piece->len == 0 || piece->offset < end || !text_valid(part) ||
		    __builtin_add_overflow(piece->offset, piece->len, &end))
			return false;
		if (!*part && evidence->size != 0 && end > evidence->size)
			return false;
	}
	return true;
}

static bool valid(const struct weir_evidence *evidence)
{
	return text_valid(evidence->rule) && text_valid(evidence->name) && pieces_valid(evidence);
}

int weir_evidence_encode(const struct weir_evidence *evidence, struct weir_buf *buf)
{
	Weir__V1__EvidencePiece pieces[WEIR_EVIDENCE_PIECES_MAX];
	Weir__V1__EvidencePiece *pointers[WEIR_EVIDENCE_PIECES_MAX];
	Weir__V1__Evidence message;

	if (!valid(evidence))
		return -EINVAL;
	weir__v1__evidence__init(&message);
	message.schema = SCHEMA;
	message.agent_uid = (ProtobufCBinaryData){.len = sizeof(evidence->agent_uid),
						  .data = (uint8_t *)evidence->agent_uid};
	message.time_ns = evidence->time_ns;
	message.rule = (char *)evidence->rule;
	message.name = (char *)evidence->name;
	message.size = evidence->size;
	for (size_t i = 0; i < evidence->n_pieces; i++) {
		const struct weir_evidence_piece *piece = &evidence->pieces[i];

		weir__v1__evidence_piece__init(&pieces[i]);
		pieces[i].offset = piece->offset;
		pieces[i].content =
			(ProtobufCBinaryData){.len = piece->len, .data = (uint8_t *)piece->data};
		pieces[i].part = (char *)part_of(piece);
		pointers[i] = &pieces[i];
	}
	message.n_pieces = evidence->n_pieces;
	message.pieces = pointers;
	return weir_wire_pack(&message.base, buf);
}

static int take(const Weir__V1__Evidence *from, struct weir_evidence *ret)
{
	*ret = (struct weir_evidence){
		.time_ns = from->time_ns,
		.rule = from->rule,
		.name = from->name,
		.size = from->size,
		.n_pieces = from->n_pieces,
	};
	if (from->schema != SCHEMA || from->base.n_unknown_fields > 0 ||
	    from->agent_uid.len != WEIR_UID_LEN || from->n_pieces > WEIR_EVIDENCE_PIECES_MAX)
		return -EBADMSG;
	memcpy(ret->agent_uid, from->agent_uid.data, WEIR_UID_LEN);
	for (size_t i = 0; i < from->n_pieces; i++) {
		const Weir__V1__EvidencePiece *piece = from->pieces[i];

		if (piece->base.n_unknown_fields > 0)
			return -EBADMSG;
		ret->pieces[i] = (struct weir_evidence_piece){piece->offset, piece->content.data,
							      piece->content.len, piece->part};
	}
	return valid(ret) ? 0 : -EBADMSG;
}

int weir_evidence_decode(const void *data, size_t len, struct weir_wire **ret_wire,
			 struct weir_evidence *ret)
{
	struct weir_wire *wire _cleanup_(weir_wire_wipep) = NULL;
	struct weir_evidence evidence;
	int r = weir_wire_unpack(&weir__v1__evidence__descriptor, data, len, &wire);

	if (r == 0)
		r = take(weir_wire_message(wire), &evidence);
	if (r < 0)
		return r;
	*ret = evidence;
	*ret_wire = TAKE_PTR(wire);
	return 0;
}
