/* SPDX-License-Identifier: Apache-2.0 */
/* Any answer of somebody's chat robot: taken, to be tried again, or refused, and nothing else. */

#include <errno.h>
#include <stdlib.h>

#include "robot.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct weir_buf answer _cleanup_(weir_buf_done) = WEIR_BUF_INIT(size + 1);
	int r;

	if (weir_buf_append(&answer, data, size) < 0)
		abort();
	r = weir_robot_answer(&answer);
	if (r != 0 && r != -EAGAIN && r != -EREMOTEIO)
		abort();
	return 0;
}
