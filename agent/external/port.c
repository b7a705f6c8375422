/* SPDX-License-Identifier: Apache-2.0 */
/* The asking side, which lives inside the sandbox of weir-inspect. */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host.h"
#include "weir/base/fd.h"
#include "weir/base/time.h"
#include "weir/sandbox/sandbox.h"

#define ANSWER_MS 10000 /* a host answers at once, but for the moment a program takes to end */

struct weir_external_host {
	struct weir_external_options options;
	struct weir_unpack_port port;
	char images[PATH_MAX];
	int sock; /* -1: lost */
	pid_t pid;
};

static int lose(struct weir_external_host *host)
{
	host->sock = weir_close(host->sock);
	return -EIO;
}

/* Sends message with fd and takes the answer. *ret_fd is -1 when none came. */
static int ask(struct weir_external_host *host, struct message *message, int fd, int *ret_fd)
{
	struct pollfd p = {.fd = host->sock, .events = POLLIN};
	int got _cleanup_(weir_closep) = -1, n;

	*ret_fd = -1;
	if (host->sock < 0)
		return -EIO;
	if (weir_send_fd(host->sock, message, sizeof(*message), fd) < 0)
		return lose(host);
	do
		n = poll(&p, 1, ANSWER_MS);
	while (n < 0 && errno == EINTR);
	if (n <= 0 || weir_recv_fd(host->sock, message, sizeof(*message), &got) != sizeof(*message))
		return lose(host);
	if (message->result == 0)
		*ret_fd = TAKE_FD(got);
	return message->result;
}

/* A memory file at the host that holds data. */
static int copy(struct weir_external_host *host, const struct weir_memory *data)
{
	struct message message = {.type = MESSAGE_BUFFER, .number = data->len};
	int fd _cleanup_(weir_closep) = -1, r;
	void *to;

	if (data->len == 0)
		return -EBADMSG;
	r = ask(host, &message, -1, &fd);
	if (r < 0)
		return r;
	to = mmap(NULL, data->len, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (to == MAP_FAILED)
		return -errno;
	memcpy(to, data->data, data->len);
	(void)munmap(to, data->len);
	return 0;
}

static int port_start(void *context, enum weir_external program, int file,
		      const struct weir_memory *data, int *ret_fd)
{
	struct weir_external_host *host = context;
	struct message message = {.type = MESSAGE_START, .number = program};
	int r, fd;

	if (!(host->port.programs & 1U << program))
		return -ENOSYS;
	if (file < 0) {
		r = copy(host, data);
		if (r < 0)
			return r;
	}
	r = ask(host, &message, file, &fd);
	if (r < 0)
		return r;
	if (fd < 0)
		return lose(host);
	*ret_fd = fd;
	return 0;
}

static int port_finish(void *context, int fd)
{
	struct message message = {.type = MESSAGE_FINISH};
	int none;

	(void)weir_close(fd); /* first: what still writes then ends by itself */
	return ask(context, &message, -1, &none);
}

static const char *present(const char *program)
{
	return program && program[0] && access(program, X_OK) == 0 ? program : NULL;
}

/* Both come in one package, and so lie side by side. path: PATH_MAX bytes. */
static const char *beside(const char *pdf, char *path)
{
	const char *slash = pdf ? strrchr(pdf, '/') : NULL;

	if (!slash ||
	    snprintf(path, PATH_MAX, "%.*s/pdfimages", (int)(slash - pdf), pdf) >= PATH_MAX)
		return NULL;
	return path;
}

static struct weir_external_options with_defaults(const struct weir_external_options *o,
						  char *images)
{
	struct weir_external_options d = *o;

	d.pdf = present(d.pdf);
	d.pdf_images = present(d.pdf_images ? d.pdf_images : beside(d.pdf, images));
	d.ocr = present(d.ocr);
	d.memory_bytes = d.memory_bytes ? d.memory_bytes : UINT64_C(1) << 30;
	d.timeout_ns = d.timeout_ns ? d.timeout_ns : 60 * WEIR_NSEC_PER_SEC;
	d.input_bytes = d.input_bytes ? d.input_bytes : UINT64_C(256) << 20;
	return d;
}

/* Keeps the socket, as descriptor 3, and nothing else. */
static int shed_descriptors(int sock)
{
	int copy = fcntl(sock, F_DUPFD_CLOEXEC, 8), null; /* out of the way of 0 to 3 */

	if (copy < 0 || dup3(copy, 3, O_CLOEXEC) < 0)
		return -errno;
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null < 0)
		return -errno;
	for (int fd = 0; fd < 3; fd++)
		if (dup2(null, fd) < 0)
			return -errno;
	return syscall(SYS_close_range, 4, ~0U, 0) < 0 ? -errno : 0;
}

static void be_host(int sock, const struct weir_external_options *options)
{
	static const char *const read[] = {
		"/usr/lib",   "/usr/lib64",	  "/lib",	"/lib64",
		"/usr/share", "/etc/ld.so.cache", "/etc/fonts", "/var/cache/fontconfig",
		NULL};
	const char *run[] = {"/lib64/ld-linux-x86-64.so.2",
			     "/lib/ld-linux-aarch64.so.1",
			     NULL,
			     NULL,
			     NULL,
			     NULL};
	const struct weir_sandbox_paths paths = {.read = read, .run = run};
	const struct weir_sandbox_options sandbox = {
		.uid = options->uid, .gid = options->gid, .die_with_parent = true};
	struct weir_sandbox_state state;
	size_t n = 2;

	if (options->pdf)
		run[n++] = options->pdf;
	if (options->pdf_images)
		run[n++] = options->pdf_images;
	if (options->ocr)
		run[n++] = options->ocr;
	if (shed_descriptors(sock) < 0 || chdir("/") < 0 ||
	    weir_sandbox_enter_host(&sandbox, &paths, &state) < 0)
		_exit(1);
	if (!state.landlock && weir_sandbox_kernel_has_landlock())
		_exit(1);
	weir_external_serve(3, options);
}

int weir_external_new(const struct weir_external_options *options, struct weir_external_host **ret)
{
	struct weir_external_host *host _cleanup_(weir_external_freep) = NULL;
	struct weir_external_options chosen;
	int pair[2];

	host = calloc(1, sizeof(*host));
	if (!host)
		return -ENOMEM;
	chosen = host->options = with_defaults(options, host->images);
	host->sock = -1;
	if (!chosen.pdf && !chosen.ocr) {
		*ret = NULL;
		return 0;
	}
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	host->sock = pair[0];
	host->pid = fork();
	if (host->pid == 0)
		be_host(pair[1], &chosen);
	(void)weir_close(pair[1]);
	if (host->pid < 0)
		return -EAGAIN;
	host->port = (struct weir_unpack_port){
		.context = host,
		.start = port_start,
		.finish = port_finish,
		.programs = (chosen.pdf ? 1U << WEIR_EXTERNAL_PDF : 0U) |
			    (chosen.pdf_images ? 1U << WEIR_EXTERNAL_PDF_IMAGES : 0U) |
			    (chosen.ocr ? 1U << WEIR_EXTERNAL_OCR : 0U)};
	*ret = TAKE_PTR(host);
	return 0;
}

/* Closing the socket is what ends the host; being outside of the sandbox, this also buries it. */
void weir_external_free(struct weir_external_host *host)
{
	if (!host)
		return;
	host->sock = weir_close(host->sock);
	if (host->pid > 0) {
		(void)kill(host->pid, SIGKILL);
		(void)waitpid(host->pid, NULL, 0);
	}
	free(host);
}

const struct weir_unpack_port *weir_external_port(struct weir_external_host *host)
{
	return host ? &host->port : NULL;
}

bool weir_external_alive(const struct weir_external_host *host)
{
	return !host || host->sock >= 0;
}

int weir_external_pid(const struct weir_external_host *host)
{
	return host->pid;
}
