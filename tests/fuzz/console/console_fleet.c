/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a heartbeat, as an enrolment and as a request for a certificate. The first byte chooses. */

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "weir/console_fleet/fleet.h"
#include "weir/console_store/store.h"

#define RUNS_OF_A_FLEET 20000 /* each new endpoint is remembered for an hour */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct weir_fleet *new_fleet(void)
{
	static const struct weir_log log = {.level = WEIR_LOG_ERROR};
	static struct weir_fleet_options options;
	static struct weir_fleet *fleet;
	char dir[] = "/tmp/weir-fuzz-XXXXXX";

	if (fleet) {
		weir_fleet_free(TAKE_PTR(fleet));
		weir_store_free(TAKE_PTR(options.store));
		close(options.dir_fd);
	}
	options.log = &log;
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

/* The certificate is that of whoever the message says it comes from, where it says so first of all. */
static void set_uid(const struct weir_fleet_message *message, struct weir_fleet_identity *identity)
{
	static const uint8_t field[] = {1 << 3 | 2, WEIR_UID_LEN};
	const uint8_t *body = message->body;

	if (message->len >= sizeof(field) + WEIR_UID_LEN && memcmp(body, field, sizeof(field)) == 0)
		memcpy(identity->uid, body + sizeof(field), WEIR_UID_LEN);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct weir_fleet *fleet;
	static unsigned runs;
	struct weir_fleet_identity identity = {.state = WEIR_FLEET_ACTIVE,
					       .expires_ns = UINT64_MAX};
	struct weir_fleet_reply reply = {.body = WEIR_BUF_INIT(WEIR_FLEET_REPLY_MAX)};
	const struct weir_fleet_message message = {
		.body = data + 1, .len = size ? size - 1 : 0, .may_wait = true};

	if (runs++ % RUNS_OF_A_FLEET == 0)
		fleet = new_fleet();
	if (size == 0)
		return 0;
	switch (data[0] % 3) {
	case 0:
		set_uid(&message, &identity);
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
