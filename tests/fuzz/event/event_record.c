/* SPDX-License-Identifier: Apache-2.0 */
/* A ring-buffer record: whatever it holds, an event has ranges that hold and text that is safe to
 * print. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "weir/base/utf8.h"
#include "weir/event/decode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void require_text(const char *text, size_t size)
{
	size_t len = strnlen(text, size);

	require(len < size);
	require(weir_utf8_valid(text, len) == len);
	for (size_t i = 0; i < len; i++)
		require((unsigned char)text[i] >= 0x20 && text[i] != 0x7f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum weir_abi_channel channel;
	struct weir_event event;
	uint32_t dev, pid;

	(void)!weir_event_record_type(data, size);
	if (weir_event_decode_volume(data, size, &dev, &pid, &channel) == 0)
		require(channel <= WEIR_ABI_CHANNEL_NETWORK);
	if (weir_event_decode(data, size, 1, &event) < 0)
		return 0;
	require(event.action <= WEIR_ABI_ACTION_BLOCK);
	require(event.channel <= WEIR_ABI_CHANNEL_NETWORK ||
		event.channel == WEIR_ABI_CHANNEL_AGENT);
	require(event.profile < 16 && event.activity >= WEIR_ACTIVITY_OPEN);
	require_text(event.path, sizeof(event.path));
	require_text(event.process.name, sizeof(event.process.name));
	require_text(event.process.executable, sizeof(event.process.executable));
	require(strstr(event.path, "/../") == NULL && strncmp(event.path, "../", 3) != 0);
	return 0;
}
