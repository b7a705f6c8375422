/* SPDX-License-Identifier: Apache-2.0 */
/* What a device says of itself, by way of sysfs: whatever its maker wrote, what is kept is one line of text that fits, without control
 * characters or blanks around it. The first byte says how much room there is. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "weir/base/utf8.h"
#include "weir/source/device.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void read_attribute(const uint8_t *data, size_t size, size_t room)
{
	int fd = memfd_create("attribute", MFD_CLOEXEC);
	char path[64], text[256];
	size_t len;
	bool some;

	require(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	memset(text, 'x', sizeof(text));
	some = weir_device_attribute(path, text, room);
	len = strnlen(text, room);
	require(len < room && some == (len > 0));
	require(weir_utf8_valid(text, len) == len);
	for (size_t i = 0; i < len; i++)
		require((unsigned char)text[i] >= 0x20 && text[i] != 0x7f);
	require(len == 0 || text[0] != ' ');
	close(fd);
}

static void read_number(const uint8_t *data, size_t size)
{
	char *text = strndup((const char *)data, size);
	uint32_t device = 0;

	require(text != NULL);
	if (weir_device_number(text, &device) == 0)
		require(strchr(text, ':') != NULL);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	read_attribute(data + 1, size - 1, 1 + data[0]);
	read_number(data + 1, size - 1);
	return 0;
}
