/* SPDX-License-Identifier: Apache-2.0 */
/* weir policy: the language's tools. Everything is decided in policy; here are files,
 * arguments and printing. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "weir/base/buf.h"
#include "weir/base/fd.h"
#include "weir/findings/detectors.h"
#include "weir/policy/cases.h"
#include "weir/policy/compile.h"
#include "weir/policy/decide.h"
#include "weir/policylint/lint.h"

#define FILE_BYTES ((size_t)1 << 20)

static int usage(FILE *out, int status)
{
	fprintf(out, "Usage: weir policy lint FILE...\n"
		     "       weir policy test FILE --case CASES\n"
		     "       weir policy compile FILE -o OUT\n"
		     "       weir policy show FILE\n"
		     "\n"
		     "  lint     say what is wrong or may not be meant, with its place\n"
		     "  test     decide the cases in CASES and compare with what they expect\n"
		     "  compile  write the form that is signed and sent to agents\n"
		     "  show     print what the kernel will hold, as JSON\n"
		     "\n"
		     "Exit status: 0 good, 1 errors in a policy or a case not met, 2 usage or "
		     "trouble.\n");
	return status;
}

static int read_input(const char *path, struct weir_buf *buf)
{
	int r = weir_read_file(AT_FDCWD, path, buf);

	if (r == -ENOBUFS)
		fprintf(stderr, "weir policy: %s: larger than %zu bytes\n", path, FILE_BYTES);
	else if (r < 0)
		fprintf(stderr, "weir policy: %s: %s\n", path, strerror(-r));
	return r;
}

static void print_error(FILE *out, const char *path, const char *kind, const struct weir_error *err)
{
	char place[32] = "";

	if (err->line)
		(void)snprintf(place, sizeof(place), ":%u:%u", err->line, err->column);
	fprintf(out, "%s%s: %s: %s\n", path, place, kind, err->text);
	if (err->hint[0])
		fprintf(out, "%s%s: hint: %s\n", path, place, err->hint);
}

/* Where what is found in patterns and samples goes. */
struct listener {
	const char *path;
	FILE *out;
	bool warnings;
};

static void print_found(void *context, bool error, const struct weir_error *found)
{
	const struct listener *l = context;

	if (error || l->warnings)
		print_error(l->out, l->path, error ? "error" : "warning", found);
}

/* The exit status. Everything that is wrong with the text goes to errors, also in its detectors'
 * patterns and samples; warnings about those only if they are wanted. */
static int check(const char *path, const struct weir_buf *text, FILE *errors, bool warnings,
		 struct weir_buf *compiled, struct weir_policy **ret)
{
	const char *data = text->data ? text->data : "";
	struct listener listener = {path, errors, warnings};
	struct weir_error err = {0};
	int r = weir_policy_compile(data, text->len, compiled, &err);

	if (r >= 0)
		r = weir_policy_new(compiled->data, compiled->len, ret, &err);
	if (r < 0) {
		print_error(errors, path, "error", &err);
		return r == -EINVAL ? 1 : 2;
	}
	r = weir_policy_lint(data, text->len, print_found, &listener);
	if (r < 0)
		fprintf(stderr, "weir policy: %s: %s\n", path, strerror(-r));
	return r < 0 ? 2 : r > 0;
}

/* The exit status; *ret is set when it is 0. compiled may be NULL. */
static int load(const char *path, FILE *errors, struct weir_buf *compiled, struct weir_policy **ret)
{
	struct weir_buf text _cleanup_(weir_buf_done) = WEIR_BUF_INIT(FILE_BYTES);
	struct weir_buf wire _cleanup_(weir_buf_done) = WEIR_BUF_INIT(FILE_BYTES);
	bool linting = errors == stdout;

	if (read_input(path, &text) < 0)
		return 2;
	return check(path, &text, errors, linting, compiled ? compiled : &wire, ret);
}

static int lint(int argc, char **argv)
{
	int status = 0;

	if (argc < 2)
		return usage(stderr, 2);
	for (int i = 1; i < argc; i++) {
		struct weir_policy *policy _cleanup_(weir_policy_freep) = NULL;
		struct weir_error warning;
		int r = load(argv[i], stdout, NULL, &policy);

		status = r > status ? r : status;
		for (unsigned w = 0; r == 0 && weir_policy_warning(policy, w, &warning); w++)
			print_error(stdout, argv[i], "warning", &warning);
	}
	return status;
}

static void print_case(void *context, const struct weir_policy_case *result)
{
	const char *path = context;

	printf("%s:%u: %s: %s", path, result->line, result->met ? "ok" : "NOT MET", result->name);
	if (!result->met)
		printf(": %s", result->difference);
	printf("\n");
}

static int test(int argc, char **argv)
{
	struct weir_policy *policy _cleanup_(weir_policy_freep) = NULL;
	struct weir_buf text _cleanup_(weir_buf_done) = WEIR_BUF_INIT(FILE_BYTES);
	struct weir_error err = {0};
	int r;

	if (argc != 4 || (strcmp(argv[2], "--case") != 0 && strcmp(argv[2], "--cases") != 0))
		return usage(stderr, 2);
	r = load(argv[1], stderr, NULL, &policy);
	if (r)
		return r;
	if (read_input(argv[3], &text) < 0)
		return 2;
	r = weir_policy_cases(policy, text.data ? text.data : "", text.len, print_case, argv[3],
			      &err);
	if (r < 0) {
		print_error(stderr, argv[3], "error", &err);
		return 2;
	}
	return r > 0;
}

static int compile(int argc, char **argv)
{
	struct weir_policy *policy _cleanup_(weir_policy_freep) = NULL;
	struct weir_buf wire _cleanup_(weir_buf_done) = WEIR_BUF_INIT(FILE_BYTES);
	int r;

	if (argc != 4 || strcmp(argv[2], "-o") != 0)
		return usage(stderr, 2);
	r = load(argv[1], stderr, &wire, &policy);
	if (r)
		return r;
	r = weir_write_file_atomic(AT_FDCWD, argv[3], wire.data, wire.len, 0644);
	if (r < 0) {
		fprintf(stderr, "weir policy: %s: %s\n", argv[3], strerror(-r));
		return 2;
	}
	return 0;
}

static const char *kernel_action_name(unsigned action)
{
	static const char *const names[] = {
		[WEIR_ABI_ACTION_ALLOW] = "allow",
		[WEIR_ABI_ACTION_AUDIT] = "audit",
		[WEIR_ABI_ACTION_BLOCK] = "block",
		[WEIR_ABI_ACTION_WARN] = "warn",
	};

	return action < ARRAY_SIZE(names) ? names[action] : "unknown";
}

static void show_profile(unsigned index, const struct weir_abi_profile *p, bool first)
{
	static const char *const usual[] = {
		[WEIR_ABI_PROFILE_REMOVABLE] = "removable",
		[WEIR_ABI_PROFILE_NETWORK] = "network",
		[WEIR_ABI_PROFILE_SHARE] = "share",
		[WEIR_ABI_PROFILE_READ_ONLY] = "read-only devices",
		[WEIR_ABI_PROFILE_BLOCKED] = "blocked devices",
	};
	bool comma = false;

	printf("%s\n    {\"index\": %u, \"for\": \"%s\", \"action\": \"%s\", \"limit\": {",
	       first ? "" : ",", index, index < ARRAY_SIZE(usual) ? usual[index] : "groups",
	       kernel_action_name(p->action));
	for (unsigned slot = 0; slot < _WEIR_ABI_DET_MAX; slot++) {
		if (p->limit[slot] == 0)
			continue;
		printf("%s\"%s\": %u", comma ? ", " : "", weir_detector_id(slot), p->limit[slot]);
		comma = true;
	}
	printf("}, \"on_unscannable\": \"%s\", \"on_failure\": \"%s\", \"on_open\": \"%s\"",
	       kernel_action_name(p->on_unscannable), kernel_action_name(p->on_failure),
	       kernel_action_name(p->on_open));
	if (p->passed)
		printf(", \"passed\": %u", p->passed);
	printf("}");
}

static void show_dest(const struct weir_abi_dest *dest, bool first)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
	bool v4 = dest->prefix >= 96 && memcmp(dest->addr, mapped, sizeof(mapped)) == 0;
	char text[INET6_ADDRSTRLEN] = "";

	(void)inet_ntop(v4 ? AF_INET : AF_INET6, dest->addr + (v4 ? 12 : 0), text, sizeof(text));
	printf("%s\n    {\"network\": \"%s/%u\", \"port\": %u, \"profile\": %u}", first ? "" : ",",
	       text, v4 ? dest->prefix - 96U : dest->prefix, dest->port, dest->profile);
}

/* Names in a policy have no character that JSON would quote. */
static int show(int argc, char **argv)
{
	struct weir_policy *policy _cleanup_(weir_policy_freep) = NULL;
	struct weir_abi_config config = {0};
	struct weir_abi_dest dests[WEIR_ABI_DESTS] = {0};
	const struct weir_abi_profile nothing = {0};
	const struct weir_custom *customs;
	size_t n_customs;
	int n, r;

	if (argc != 2)
		return usage(stderr, 2);
	r = load(argv[1], stderr, NULL, &policy);
	if (r)
		return r;
	n = weir_policy_kernel(policy, &config, dests);
	printf("{\"name\": \"%s\", \"revision\": %ju,\n  \"classes\": [", weir_policy_name(policy),
	       (uintmax_t)weir_policy_revision(policy));
	for (unsigned i = 0; weir_policy_class_name(policy, i); i++)
		printf("%s\"%s\"", i ? ", " : "", weir_policy_class_name(policy, i));
	printf("],\n  \"detectors\": [");
	customs = weir_policy_customs(policy, &n_customs);
	for (size_t i = 0; i < n_customs; i++)
		printf("%s\"%s\"", i ? ", " : "", customs[i].id);
	printf("],\n  \"profiles\": [");
	for (unsigned i = 1; i < WEIR_ABI_PROFILE_SELFTEST; i++)
		if (i <= WEIR_ABI_PROFILE_SHARE ||
		    memcmp(&config.profiles[i], &nothing, sizeof(nothing)) != 0)
			show_profile(i, &config.profiles[i], i == 1);
	printf("],\n  \"unknown_usb\": {\"volume\": %u, \"node\": %u},\n  \"destinations\": [",
	       config.usb_volume, config.usb_node);
	for (int i = 0; i < n; i++)
		show_dest(&dests[i], i == 0);
	printf("]}\n");
	return 0;
}

int weir_cmd_policy(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*run)(int argc, char **argv);
	} commands[] = {{"lint", lint}, {"test", test}, {"compile", compile}, {"show", show}};

	if (argc < 2)
		return usage(stderr, 2);
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
		return usage(stdout, 0);
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		if (strcmp(argv[1], commands[i].name) == 0)
			return commands[i].run(argc - 1, argv + 1);
	fprintf(stderr, "weir policy: there is no \"%s\"; weir policy --help says more\n", argv[1]);
	return 2;
}
