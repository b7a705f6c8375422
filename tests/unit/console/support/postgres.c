/* SPDX-License-Identifier: Apache-2.0 */
#include "postgres.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <libpq-fe.h>
#include <pwd.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "process.h"

#define BIN	    "/usr/lib/postgresql/15/bin/"
#define SERVER_USER "postgres"
#define WAIT_TENTHS 1800 /* for a machine that does something else as well */

static void fail(const char *what)
{
	perror(what);
	_exit(127);
}

/* The server does not run as root. */
static void become_server_user(void)
{
	const struct passwd *user;

	if (geteuid() != 0)
		return;
	user = getpwnam(SERVER_USER);
	if (!user || initgroups(SERVER_USER, user->pw_gid) < 0 || setgid(user->pw_gid) < 0 ||
	    setuid(user->pw_uid) < 0)
		fail("no user " SERVER_USER);
}

static pid_t spawn(const char *const *argv, const char *dir)
{
	pid_t pid = fork();
	int fd;

	if (pid != 0)
		return pid;
	become_server_user();
	/* Changing the user would have cleared it. An immediate stop of server and workers. */
	prctl(PR_SET_PDEATHSIG, SIGQUIT);
	fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (fd < 0 || chdir(dir) < 0)
		fail(dir);
	dup2(fd, STDIN_FILENO);
	dup2(fd, STDOUT_FILENO);
	if (!getenv("WEIR_TEST_PG_LOG"))
		dup2(fd, STDERR_FILENO);
	execv(argv[0], (char *const *)argv);
	fail(argv[0]);
	return -1;
}

static int wait_for(pid_t pid)
{
	int status = 0;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -ECHILD;
}

static int make_folder(struct postgres *pg)
{
	const struct passwd *user = getpwnam(SERVER_USER);

	(void)snprintf(pg->dir, sizeof(pg->dir), "/tmp/weir-pg-XXXXXX");
	if (!mkdtemp(pg->dir))
		return -errno;
	if (geteuid() == 0 && (!user || chown(pg->dir, user->pw_uid, user->pw_gid) < 0))
		return -EPERM;
	return 0;
}

int postgres_init(struct postgres *pg, bool durable)
{
	char data[96];
	const char *const argv[] = {BIN "initdb", "-D", data,	"-U",	      "weir",	   "-A",
				    "trust",	  "-E", "UTF8", "--locale=C", "--no-sync", NULL};
	int r;

	*pg = (struct postgres){.durable = durable};
	r = make_folder(pg);
	if (r < 0)
		return r;
	(void)snprintf(data, sizeof(data), "%s/data", pg->dir);
	r = wait_for(spawn(argv, pg->dir));
	if (r < 0) {
		(void)fprintf(stderr, "initdb failed\n");
		return r;
	}
	return postgres_start(pg);
}

/* After a kill the workers of the old server may still hold its memory; then the new one ends, and
 * is started again. */
static bool ended(struct postgres *pg)
{
	if (waitpid(pg->pid, NULL, WNOHANG) != pg->pid)
		return false;
	pg->pid = 0;
	return true;
}

static void start_once(struct postgres *pg)
{
	char data[96];
	const char *const argv[] = {BIN "postgres",
				    "-D",
				    data,
				    "-k",
				    pg->dir,
				    "-c",
				    "listen_addresses=",
				    "-c",
				    pg->durable ? "fsync=on" : "fsync=off",
				    "-c",
				    "shared_buffers=64MB",
				    "-c",
				    "max_connections=80",
				    "-c",
				    "max_wal_size=4GB",
				    NULL};

	(void)snprintf(data, sizeof(data), "%s/data", pg->dir);
	pg->pid = spawn(argv, pg->dir);
}

int postgres_start(struct postgres *pg)
{
	char conninfo[POSTGRES_CONNINFO_MAX];

	(void)postgres_conninfo(pg, NULL, conninfo);
	for (int i = 0; i < WAIT_TENTHS; i++) {
		if (pg->pid == 0 || ended(pg))
			start_once(pg);
		if (PQping(conninfo) == PQPING_OK)
			return 0;
		usleep(100000);
	}
	(void)fprintf(stderr, "the PostgreSQL server does not answer\n");
	return -ETIMEDOUT;
}

void postgres_kill(struct postgres *pg)
{
	if (pg->pid == 0)
		return;
	kill(pg->pid, SIGKILL);
	(void)wait_for(pg->pid);
	pg->pid = 0;
}

void postgres_done(struct postgres *pg)
{
	const char *const argv[] = {"/bin/rm", "-rf", pg->dir, NULL};
	struct process_result result = {};

	if (pg->pid) {
		kill(pg->pid, SIGQUIT);
		(void)wait_for(pg->pid);
	}
	if (pg->dir[0] && process_run(argv, &result) == 0)
		process_result_done(&result);
	*pg = (struct postgres){};
}

int postgres_conninfo(const struct postgres *pg, const char *schema,
		      char ret[static POSTGRES_CONNINFO_MAX])
{
	char sql[128];
	PGconn *conn;
	PGresult *result;
	int r = 0;

	(void)snprintf(ret, POSTGRES_CONNINFO_MAX, "host=%s user=weir dbname=postgres%s%s%s",
		       pg->dir, schema ? " options='-csearch_path=" : "", schema ? schema : "",
		       schema ? "'" : "");
	if (!schema)
		return 0;
	conn = PQconnectdb(ret);
	(void)snprintf(sql, sizeof(sql), "CREATE SCHEMA IF NOT EXISTS %s", schema);
	result = PQexec(conn, sql);
	if (PQresultStatus(result) != PGRES_COMMAND_OK) {
		(void)fprintf(stderr, "%s\n", PQerrorMessage(conn));
		r = -EIO;
	}
	PQclear(result);
	PQfinish(conn);
	return r;
}
