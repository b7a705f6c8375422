/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "check_state.h"
#include "internal.h"
#include "names.h"
#include "weir/base/macros.h"
#include "weir/evidence/sealed.h"
#include "weir/findings/excerpts.h"

static int check_recipient(struct check *c, struct weir_recipients *all, const char *pem)
{
	int r;

	/* The file of a reviewer holds both. */
	if (strstr(pem, "PRIVATE KEY")) {
		fail(c, "this is a private key, which belongs in no policy");
		weir_error_hint(c->err, "give the certificate alone, and make a new key");
		return -EINVAL;
	}
	r = weir_recipients_add(all, pem, strlen(pem));
	if (r == 0)
		return 0;
	if (r == -EEXIST)
		return fail(c, "this recipient is there twice");
	if (r == -E2BIG)
		return fail(c, "more than %d recipients", WEIR_EVIDENCE_RECIPIENTS_MAX);
	if (r != -EINVAL)
		return weir_error_set(c->err, r, 0, 0, "no memory for the policy");
	fail(c, "this is no certificate of a reviewer");
	weir_error_hint(c->err, "weirctl evidence key make prints one, from BEGIN to END; write it "
				"behind \"- |\"");
	return -EINVAL;
}

static int check_recipients(struct check *c, const Weir__V1__PolicyEvidence *evidence)
{
	struct weir_recipients *all _cleanup_(weir_recipients_freep) = NULL;
	int r = weir_recipients_new(&all);

	at(c, "evidence.recipients", -1);
	if (r < 0)
		return weir_error_set(c->err, r, 0, 0, "no memory for the policy");
	if (evidence->n_recipients == 0)
		return fail(c, "\"recipients\" is missing");
	for (size_t i = 0; r >= 0 && i < evidence->n_recipients; i++) {
		at(c, "evidence.recipients", (int)i);
		r = check_recipient(c, all, evidence->recipients[i]);
	}
	return r;
}

static bool has_rule(const Weir__V1__Policy *policy, const char *id)
{
	for (size_t i = 0; i < policy->n_rules; i++)
		if (strcmp(policy->rules[i]->id, id) == 0)
			return true;
	return false;
}

static int check_rules(struct check *c, const Weir__V1__PolicyEvidence *evidence)
{
	const char *names[MAX_RULES];

	at(c, "evidence.rules", -1);
	if (evidence->n_rules > MAX_RULES)
		return fail(c, "more than %d rules", MAX_RULES);
	for (size_t i = 0; i < evidence->n_rules; i++) {
		at(c, "evidence.rules", (int)i);
		if (has_rule(c->policy, evidence->rules[i]))
			continue;
		fail(c, "there is no rule \"%.64s\"", evidence->rules[i]);
		for (size_t n = 0; n < c->policy->n_rules; n++)
			names[n] = c->policy->rules[n]->id;
		hint_names(c->err, evidence->rules[i], names, c->policy->n_rules);
		return -EINVAL;
	}
	return 0;
}

int check_evidence(struct check *c, const Weir__V1__PolicyEvidence *evidence)
{
	int r = check_recipients(c, evidence);

	if (r < 0)
		return r;
	at(c, "evidence.max_bytes", -1);
	if (evidence->max_bytes < 1 || evidence->max_bytes > WEIR_EXCERPTS_BYTES_MAX)
		return fail(c, "\"max_bytes\" is between 1 and %u", WEIR_EXCERPTS_BYTES_MAX);
	return check_rules(c, evidence);
}
