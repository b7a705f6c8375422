/* SPDX-License-Identifier: Apache-2.0 */
/* What a console, or whatever stands in its place, answers. */
#include <stdint.h>
#include <stdlib.h>

#include "weir/proto/wire.h"
#include "weir/v1/event.pb-c.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct weir_wire *wire _cleanup_(weir_wire_freep) = NULL;
	const Weir__V1__BatchAck *ack;
	uint64_t sum = 0;

	if (weir_wire_unpack(&weir__v1__batch_ack__descriptor, data, size, &wire) < 0)
		return 0;
	ack = weir_wire_message(wire);
	sum = ack->accepted_sequence + ack->committed_sequence + ack->pause_ms;
	for (size_t i = 0; i < ack->n_rejects; i++)
		sum += ack->rejects[i]->index + (uint64_t)ack->rejects[i]->code;
	return sum == UINT64_C(0x5ca1ab1e5ca1ab1e) ? -1 : 0;
}
