/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "internal.h"
#include "weir/base/fd.h"

static int fault(struct weir_error *err, const char *what)
{
	return weir_error_set(err, -EINVAL, 0, 0, "%s", what);
}

/* What stands behind the scheme of an address within this machine. */
static bool within(const char *rest)
{
	static const char *const hosts[] = {"127.0.0.1", "localhost", "[::1]"};

	for (size_t i = 0; i < ARRAY_SIZE(hosts); i++) {
		size_t len = strlen(hosts[i]);

		if (strncmp(rest, hosts[i], len) == 0 &&
		    (rest[len] == ':' || rest[len] == '/' || rest[len] == '\0'))
			return true;
	}
	return false;
}

bool weir_oidc_url_fits(const char *url)
{
	static const char https[] = "https://", http[] = "http://";
	const char *rest;

	if (strlen(url) > WEIR_OIDC_URL_MAX)
		return false;
	for (const char *p = url; *p; p++)
		if (*p <= ' ' || *p > '~' || strchr("\"<>\\^`{|}#", *p))
			return false;
	if (strncmp(url, https, strlen(https)) == 0)
		rest = url + strlen(https);
	else if (strncmp(url, http, strlen(http)) == 0 && within(url + strlen(http)))
		rest = url + strlen(http);
	else
		return false;
	return strcspn(rest, "/?@") > 0 && rest[strcspn(rest, "/?@")] != '@';
}

static int read_roles(const json_t *list, weir_roles *ret)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *name = json_string_value(json_array_get(list, i));
		enum weir_role role;

		if (!name || weir_role_parse(name, &role) < 0)
			return -EINVAL;
		*ret |= WEIR_ROLE_BIT(role);
	}
	return 0;
}

static int read_groups(const json_t *list, struct weir_oidc_group *group)
{
	if (json_array_size(list) > WEIR_GROUPS_MAX)
		return -EINVAL;
	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *name = json_string_value(json_array_get(list, i));

		if (!name || !weir_name_valid(name, WEIR_GROUP_NAME_MAX))
			return -EINVAL;
		group->groups[group->n_groups++] = name;
	}
	return 0;
}

static int read_group(const char *name, json_t *value, struct weir_oidc_group *group,
		      struct weir_error *err)
{
	json_t *roles = NULL, *groups = NULL;
	int every = 0;

	*group = (struct weir_oidc_group){.name = name};
	if (json_unpack_ex(value, NULL, JSON_STRICT, "{s?o,s?o,s?b}", "roles", &roles, "groups",
			   &groups, "every_group", &every) < 0 ||
	    (roles && !json_is_array(roles)) || (groups && !json_is_array(groups)))
		return fault(err, "a group is worth \"roles\", \"groups\" and \"every_group\"");
	group->every_group = every != 0;
	if (read_roles(roles, &group->roles) < 0)
		return fault(err, "a group's roles have a name that is no role's");
	if (read_groups(groups, group) < 0)
		return fault(err, "a group sees at most 16 groups of endpoints, by their names");
	return 0;
}

static int read_map(json_t *map, struct weir_oidc_config *config, struct weir_error *err)
{
	const char *name;
	json_t *value;
	int r = 0;

	if (!json_is_object(map) || json_object_size(map) == 0)
		return fault(err, "\"groups\" says what the provider's groups are worth");
	if (json_object_size(map) > WEIR_OIDC_GROUPS_MAX)
		return fault(err, "\"groups\" has more than 128 of them");
	json_object_foreach(map, name, value)
	{
		r = read_group(name, value, &config->groups[config->n_groups++], err);
		if (r < 0)
			return r;
	}
	return 0;
}

static int check(const struct weir_oidc_config *config, struct weir_error *err)
{
	if (!weir_oidc_url_fits(config->issuer) || strchr(config->issuer, '?'))
		return fault(err, "\"issuer\" is no https address");
	if (strlen(config->issuer) > WEIR_OIDC_TEXT_MAX)
		return fault(err, "\"issuer\" is over 255 bytes");
	if (!weir_oidc_url_fits(config->redirect_uri))
		return fault(err, "\"redirect_uri\" is no https address");
	if (!*config->client_id || strlen(config->client_id) > WEIR_OIDC_TEXT_MAX)
		return fault(err, "\"client_id\" is a text of 1 to 255 bytes");
	if (config->landing[0] != '/' || config->landing[1] == '/' || config->landing[1] == '\\' ||
	    strlen(config->landing) > WEIR_OIDC_URL_MAX)
		return fault(err, "\"landing\" is a path on the console");
	return 0;
}

int weir_oidc_config_parse(const char *json, size_t len, struct weir_oidc_config *ret,
			   struct weir_error *err)
{
	json_error_t error;
	json_t *root, *map = NULL;

	*ret = (struct weir_oidc_config){.landing = "/",
					 .scope = "openid profile",
					 .name_claim = "preferred_username",
					 .groups_claim = "groups"};
	if (len > WEIR_OIDC_CONFIG_BYTES_MAX)
		return fault(err, "over 64 KiB");
	root = json_loadb(json, len, JSON_REJECT_DUPLICATES, &error);
	ret->tree = root;
	if (!root)
		return weir_error_set(err, -EINVAL, (unsigned)error.line, (unsigned)error.column,
				      "not JSON, or a member twice");
	if (json_unpack_ex(root, &error, JSON_STRICT, "{s:s,s:s,s?s,s:s,s?s,s?s,s?s,s?s,s?s,s:o}",
			   "issuer", &ret->issuer, "client_id", &ret->client_id,
			   "client_secret_file", &ret->secret_file, "redirect_uri",
			   &ret->redirect_uri, "landing", &ret->landing, "ca_file", &ret->ca_file,
			   "scope", &ret->scope, "name_claim", &ret->name_claim, "groups_claim",
			   &ret->groups_claim, "groups", &map) < 0)
		return weir_error_set(err, -EINVAL, 0, 0, "%s", error.text);
	return read_map(map, ret, err) < 0 ? -EINVAL : check(ret, err);
}

/* The whole of a file whose mode has none of these bits. */
static int read_file(const char *path, mode_t forbidden, struct weir_buf *buf,
		     struct weir_error *err)
{
	struct stat st;
	int r = weir_read_file(AT_FDCWD, path, buf);

	if (r == 0 && stat(path, &st) < 0)
		r = -errno;
	if (r == 0 && st.st_mode & forbidden)
		return weir_error_set(err, -EPERM, 0, 0, "%s: others may %s it", path,
				      forbidden & S_IROTH ? "read" : "write");
	errno = -r;
	return r < 0 ? weir_error_set(err, r, 0, 0, "cannot read %s: %m", path) : 0;
}

static int load_secret(struct weir_oidc_config *config, struct weir_error *err)
{
	struct weir_buf text _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIR_OIDC_SECRET_MAX + 1);
	size_t len;
	int r = read_file(config->secret_file, S_IRWXG | S_IRWXO, &text, err);

	if (r < 0)
		return r;
	len = text.len ? strcspn(text.data, "\n") : 0;
	if (len == 0 || len > WEIR_OIDC_SECRET_MAX || len + 1 < text.len)
		return weir_error_set(err, -EINVAL, 0, 0, "%s is not one line of text",
				      config->secret_file);
	config->secret = strndup(text.data, len);
	explicit_bzero(text.data, text.len);
	return config->secret ? 0 : weir_error_set(err, -ENOMEM, 0, 0, "out of memory");
}

int weir_oidc_config_load(const char *path, struct weir_oidc_config *ret, struct weir_error *err)
{
	struct weir_buf text _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIR_OIDC_CONFIG_BYTES_MAX);
	struct weir_error inner = {};
	int r = read_file(path, S_IWOTH, &text, err);

	*ret = (struct weir_oidc_config){};
	if (r < 0)
		return r;
	r = weir_oidc_config_parse(text.data ? text.data : "", text.len, ret, &inner);
	if (r < 0)
		return weir_error_set(err, r, inner.line, inner.column, "%s: %s", path, inner.text);
	return ret->secret_file ? load_secret(ret, err) : 0;
}

void weir_oidc_config_done(struct weir_oidc_config *config)
{
	json_decref(config->tree);
	if (config->secret)
		explicit_bzero(config->secret, strlen(config->secret));
	free(config->secret);
	*config = (struct weir_oidc_config){};
}
