/* SPDX-License-Identifier: Apache-2.0 */
/* The scan before unpacking: what it lets through, protobuf-c takes within the arena, and packs
 * again. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

#include "weir/proto/wire.h"
#include "weir/v1/event.pb-c.h"
#include "weir/v1/policy.pb-c.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const ProtobufCMessageDescriptor *types[] = {&weir__v1__event__descriptor,
						     &weir__v1__event_batch__descriptor,
						     &weir__v1__policy__descriptor};

	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		struct weir_buf buf _cleanup_(weir_buf_done) =
			WEIR_BUF_INIT(16 * WEIR_WIRE_BYTES_MAX);
		struct weir_wire *wire _cleanup_(weir_wire_freep) = NULL;
		int r = weir_wire_unpack(types[i], data, size, &wire);

		if (r < 0) {
			if (r != -EBADMSG && r != -E2BIG && r != -ENOMEM)
				abort();
			continue;
		}
		if (weir_wire_pack(weir_wire_message(wire), &buf) < 0)
			abort();
	}
	return 0;
}
