/* SPDX-License-Identifier: Apache-2.0 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "weir/source/mounts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct weir_mount mount;
	const char *text = (const char *)data;

	if (weir_mount_parse(text, size, &mount) < 0)
		return 0;
	if (mount.point[0] != '/' || !memchr(mount.point, '\0', sizeof(mount.point)) ||
	    !memchr(mount.root, '\0', sizeof(mount.root)) ||
	    !memchr(mount.fstype, '\0', sizeof(mount.fstype)) ||
	    !memchr(mount.source, '\0', sizeof(mount.source)))
		abort();
	return 0;
}
