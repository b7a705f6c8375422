/* SPDX-License-Identifier: Apache-2.0 */
#include "weir/console_triage/names.h"

#include <errno.h>
#include <string.h>

/* The name at place n belongs to the bit n. */
static const char *const states[] = {"new", "in_progress", "resolved", "suppressed"};
static const char *const verdicts[] = {"none",		 "true_positive", "benign_authorised",
				       "false_positive", "test",	  "duplicate"};
static const char *const severities[] = {"low", "medium", "high", "critical"};

static const char *format(const char *const *names, size_t n, uint32_t bit)
{
	for (size_t i = 0; i < n; i++)
		if (bit == UINT32_C(1) << i)
			return names[i];
	return "unknown";
}

static int parse(const char *const *names, size_t n, const char *text, uint32_t *ret)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(names[i], text) == 0) {
			*ret = UINT32_C(1) << i;
			return 0;
		}
	}
	return -EINVAL;
}

const char *weir_alert_state_name(uint32_t state)
{
	return format(states, ARRAY_SIZE(states), state);
}

const char *weir_alert_verdict_name(uint32_t verdict)
{
	return format(verdicts, ARRAY_SIZE(verdicts), verdict);
}

const char *weir_severity_name(uint32_t severity)
{
	return format(severities, ARRAY_SIZE(severities), severity);
}

int weir_alert_state_parse(const char *text, uint32_t *ret)
{
	return parse(states, ARRAY_SIZE(states), text, ret);
}

int weir_alert_verdict_parse(const char *text, uint32_t *ret)
{
	return parse(verdicts, ARRAY_SIZE(verdicts), text, ret);
}

int weir_severity_parse(const char *text, uint32_t *ret)
{
	return parse(severities, ARRAY_SIZE(severities), text, ret);
}
