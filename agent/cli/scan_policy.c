/* SPDX-License-Identifier: Apache-2.0 */
#include "scan_policy.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "weir/base/buf.h"
#include "weir/base/fd.h"
#include "weir/base/time.h"
#include "weir/base/utf8.h"
#include "weir/catalogue/catalogue.h"
#include "weir/policy/compile.h"
#include "weir/policy/decide.h"

#define POLICY_TEXT_MAX	  (1 << 20)
#define POLICY_BINARY_MAX (16 << 20)

struct weir_scan_policy {
	struct weir_policy *policy;
};

static int complain(const char *path, int code, const struct weir_error *error)
{
	if (error->line)
		fprintf(stderr, "%s:%u:%u: %s\n", path, error->line, error->column, error->text);
	else
		fprintf(stderr, "%s: %s\n", path, error->text[0] ? error->text : strerror(-code));
	if (error->hint[0])
		fprintf(stderr, "  %s\n", error->hint);
	return code;
}

/* Better said here than by workers that do not start. */
static int check_customs(const struct weir_policy *policy, struct weir_error *reterr)
{
	struct weir_catalogue *catalogue _cleanup_(weir_catalogue_freep) = NULL;
	size_t n;
	const struct weir_custom *customs = weir_policy_customs(policy, &n);
	int r = n ? weir_catalogue_new(customs, n, &catalogue, reterr) : 0;

	reterr->line = 0; /* its column is inside the pattern */
	return r;
}

int weir_scan_policy_load(const char *path, struct weir_scan_policy **ret)
{
	struct weir_buf text _cleanup_(weir_buf_done) = WEIR_BUF_INIT(POLICY_TEXT_MAX);
	struct weir_buf binary _cleanup_(weir_buf_done) = WEIR_BUF_INIT(POLICY_BINARY_MAX);
	struct weir_policy *policy _cleanup_(weir_policy_freep) = NULL;
	struct weir_error error = {0};
	int r = weir_read_file(AT_FDCWD, path, &text);

	if (r == 0)
		r = weir_policy_compile(text.data ? text.data : "", text.len, &binary, &error);
	if (r == 0)
		r = weir_policy_new(binary.data, binary.len, &policy, &error);
	if (r == 0)
		r = check_customs(policy, &error);
	if (r < 0)
		return complain(path, r, &error);
	*ret = calloc(1, sizeof(**ret));
	if (!*ret)
		return complain(path, -ENOMEM, &error);
	(*ret)->policy = TAKE_PTR(policy);
	return 0;
}

void weir_scan_policy_free(struct weir_scan_policy *policy)
{
	if (!policy)
		return;
	weir_policy_free(policy->policy);
	free(policy);
}

const struct weir_custom *weir_scan_policy_customs(const struct weir_scan_policy *policy,
						   size_t *ret_count)
{
	return weir_policy_customs(policy->policy, ret_count);
}

void weir_scan_policy_judge(const struct weir_scan_policy *policy, struct weir_scan_result *result)
{
	struct weir_event event = {.activity = WEIR_ACTIVITY_CLOSE,
				   .channel = (enum weir_abi_channel)WEIR_POLICY_CHANNEL_AT_REST};
	struct weir_policy_input input = {
		.event = &event, .findings = result->findings, .now_ns = weir_now_realtime()};
	struct weir_verdict verdict;

	weir_utf8_clean(result->path, event.path, sizeof(event.path));
	verdict = weir_policy_decide(policy->policy, &input);
	result->verdict = weir_action_name(verdict.action);
	result->rule = verdict.rule;
	for (unsigned i = 0; i < WEIR_POLICY_CLASSES; i++)
		if (verdict.classes & UINT64_C(1) << i)
			result->classes[result->class_count++] =
				weir_policy_class_name(policy->policy, i);
}
