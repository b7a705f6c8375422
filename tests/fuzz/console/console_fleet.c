/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a heartbeat, as an enrolment and as a request for a certificate. The first byte chooses. */

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "weir/console_fleet/fleet.h"
#include "weir/console_store/store.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct weir_fleet *make_fleet(void)
{
	static const struct weir_log log = {.level = WEIR_LOG_ERROR};
	struct weir_fleet_options options = {.log = &log};
	char dir[] = "/tmp/weir-fuzz-XXXXXX";
	struct weir_fleet *fleet = NULL;

	if (!mkdtemp(dir) || weir_store_open_memory(&options.store) < 0)
		abort();
	options.dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (weir_fleet_new(&options, NULL, &fleet) < 0)
		abort();
	/* Nothing reads them again. */
	(void)unlinkat(options.dir_fd, WEIR_CA_KEY_FILE, 0);
	(void)unlinkat(options.dir_fd, WEIR_CA_FILE, 0);
	(void)unlinkat(options.dir_fd, WEIR_FLEET_REVOKED_FILE, 0);
	(void)rmdir(dir);
	return fleet;
}

static void check_reply(const struct weir_fleet_reply *reply)
{
	static const unsigned statuses[] = {200, 400, 401, 403, 413, 429};

	for (size_t i = 0; i < ARRAY_SIZE(statuses); i++)
		if (reply->status == statuses[i])
			return;
	if (!reply->wait)
		abort();
}

static void read_csr(const void *data, size_t size)
{
	struct weir_csr *csr = NULL;

	if (weir_csr_parse(data, size, &csr) == 0 && !weir_csr_uid(csr))
		abort();
	weir_csr_free(csr);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct weir_fleet *fleet;
	struct weir_fleet_identity identity = {.state = WEIR_FLEET_ACTIVE,
					       .expires_ns = UINT64_MAX};
	struct weir_fleet_reply reply = {.body = WEIR_BUF_INIT(WEIR_FLEET_REPLY_MAX)};
	const struct weir_fleet_message message = {
		.body = data + 1, .len = size ? size - 1 : 0, .may_wait = true};

	if (!fleet)
		fleet = make_fleet();
	if (size == 0)
		return 0;
	switch (data[0] % 3) {
	case 0:
		weir_fleet_opamp(fleet, &identity, &message, &reply);
		check_reply(&reply);
		break;
	case 1:
		weir_fleet_enroll(fleet, "weir-enroll.", &message, &reply);
		check_reply(&reply);
		break;
	default:
		read_csr(message.body, message.len);
		break;
	}
	weir_buf_done(&reply.body);
	return 0;
}
