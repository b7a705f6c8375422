/* SPDX-License-Identifier: Apache-2.0 */
/* Any body for a new enrolment token and for the end of an endpoint, by somebody who may do both. The first byte chooses. */

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "weir/console_api/fleet.h"
#include "weir/console_audit/audit.h"

#define RUNS_OF_A_FLEET 2000 /* what was taken must not pile up */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct console {
	struct weir_store *store;
	struct weir_fleet *fleet;
	int dir_fd;
};

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void make(struct console *console)
{
	static const struct weir_log log = {.level = WEIR_LOG_ERROR};
	char dir[] = "/tmp/weir-fuzz-XXXXXX";
	struct weir_fleet_options options = {.log = &log};

	if (console->fleet) {
		weir_fleet_free(TAKE_PTR(console->fleet));
		weir_store_free(TAKE_PTR(console->store));
		close(console->dir_fd);
	}
	require(mkdtemp(dir) && weir_store_open_memory(&console->store) == 0);
	require(weir_audit_init(console->store, NULL) == 0);
	console->dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	options.store = console->store;
	options.dir_fd = console->dir_fd;
	require(weir_fleet_new(&options, NULL, &console->fleet) == 0);
	/* Nothing reads them again; the list of the revoked cannot be written where the folder is gone, and need not be. */
	(void)unlinkat(console->dir_fd, WEIR_CA_KEY_FILE, 0);
	(void)unlinkat(console->dir_fd, WEIR_CA_FILE, 0);
	(void)unlinkat(console->dir_fd, WEIR_FLEET_REVOKED_FILE, 0);
	(void)rmdir(dir);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct console console;
	static unsigned runs;
	static struct weir_principal by;
	struct weir_api_reply reply = {.body = WEIR_BUF_INIT(WEIR_API_REPLY_MAX)};
	struct weir_api_fleet call = {.by = &by};

	if (runs++ % RUNS_OF_A_FLEET == 0) {
		make(&console);
		by = weir_principal_developer();
	}
	if (size == 0 || size - 1 > WEIR_API_FLEET_BODY_MAX)
		return 0;
	call.store = console.store;
	call.fleet = console.fleet;
	if (data[0] % 2)
		weir_api_make_enrollment_token(&call, data + 1, size - 1, &reply);
	else
		weir_api_revoke_endpoint(&call, "000102030405060708090a0b0c0d0e0f", data + 1,
					 size - 1, &reply);
	require(reply.status >= 200 && reply.status < 500);
	require(reply.body.len > 0 && reply.body.data[0] == '{');
	weir_buf_done(&reply.body);
	return 0;
}
