/* SPDX-License-Identifier: Apache-2.0 */
/* Starting a program in its sandbox, and what its end means. */

#include "host.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "weir/base/fd.h"
#include "weir/base/time.h"
#include "weir/sandbox/sandbox.h"

#define GRACE	    (250 * WEIR_NSEC_PER_MSEC) /* from closing its output to its end */
#define NOT_STARTED 125

/* Raw: in the order of the page's own stream, which keeps the cells of a row together; and a form
 * feed at the end of each page. */
static char *const pdf_arguments[] = {"pdftotext", "-raw", "-enc", "UTF-8", "-", "-", NULL};
static char *const images_arguments[] = {"pdfimages", "-list", "-", NULL};
static char *const ocr_arguments[] = {"tesseract", "stdin", "stdout", "-l", "chi_sim+eng", NULL};
static char *const environment[] = {"LC_ALL=C.UTF-8", "OMP_THREAD_LIMIT=1", NULL};

/* The host's own 0, 1 and 2 are /dev/null, so no dup2() can hit its source. */
static int arrange_descriptors(int input, int output, int complaints)
{
	if (dup2(input, 0) < 0 || dup2(output, 1) < 0 || dup2(complaints, 2) < 0)
		return -errno;
	return lseek(0, 0, SEEK_SET) < 0 && errno != ESPIPE ? -errno : 0;
}

static void become(const struct weir_external_options *options, enum weir_external program,
		   int input, int output, int complaints)
{
	const struct weir_sandbox_options sandbox = {
		.memory_bytes = options->memory_bytes,
		.cpu_seconds = options->timeout_ns / WEIR_NSEC_PER_SEC + 1};

	if (arrange_descriptors(input, output, complaints) < 0 ||
	    weir_sandbox_enter_program(&sandbox) < 0)
		_exit(NOT_STARTED);
	if (program == WEIR_EXTERNAL_PDF)
		(void)execve(options->pdf, pdf_arguments, environment);
	else if (program == WEIR_EXTERNAL_PDF_IMAGES)
		(void)execve(options->pdf_images, images_arguments, environment);
	else
		(void)execve(options->ocr, ocr_arguments, environment);
	_exit(NOT_STARTED);
}

int weir_external_run(struct running *running, const struct weir_external_options *options,
		      enum weir_external program, int input, int *ret_output)
{
	int reading _cleanup_(weir_closep) = -1, writing _cleanup_(weir_closep) = -1;
	int hearing _cleanup_(weir_closep) = -1, telling _cleanup_(weir_closep) = -1;
	int ends[2];
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	reading = ends[0];
	writing = ends[1];
	/* nobody reads along: what is too much is lost, and stops nobody */
	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0)
		return -errno;
	hearing = ends[0];
	telling = ends[1];
	pid = fork();
	if (pid < 0)
		return -errno;
	if (pid == 0)
		become(options, program, input, writing, telling);
	*running = (struct running){.pid = pid,
				    .deadline = weir_now_monotonic() + options->timeout_ns,
				    .program = program,
				    .complaints = TAKE_FD(hearing)};
	*ret_output = TAKE_FD(reading);
	return 0;
}

void weir_external_check(struct running *running)
{
	if (running->pid == 0 || running->late || weir_now_monotonic() < running->deadline)
		return;
	running->late = true;
	(void)kill(running->pid, SIGKILL); /* not reaped yet, so it is still this process */
}

/* Errors in the document that pdftotext went on from, by leaving out what they were in. A font that
 * is not installed changes no text. */
static bool complained(const struct running *running)
{
	char text[65536], *line = text, *next;
	ssize_t n = weir_read_full(running->complaints, text, sizeof(text) - 1);

	text[WEIR_MAX(n, (ssize_t)0)] = 0;
	for (; line; line = next) {
		next = strchr(line, '\n');
		if (next)
			*next++ = 0;
		if ((strncmp(line, "Syntax Error", 12) == 0 ||
		     strncmp(line, "Internal Error", 14) == 0) &&
		    !strstr(line, "ind a font"))
			return true;
	}
	return false;
}

/* pdftotext: 1 when it can't open the document, 3 when the document's permissions forbid it. */
static int meaning(const struct running *running, int status)
{
	bool pdf = running->program == WEIR_EXTERNAL_PDF;

	if (WIFSIGNALED(status))
		return WTERMSIG(status) == SIGXCPU ? -ETIMEDOUT : -EIO;
	if (WEXITSTATUS(status) == 0)
		return pdf && complained(running) ? -EILSEQ : 0;
	if (WEXITSTATUS(status) == 1)
		return -EBADMSG;
	return WEXITSTATUS(status) == 3 && pdf ? -EKEYREJECTED : -EIO;
}

int weir_external_end(struct running *running)
{
	uint64_t until = weir_now_monotonic() + GRACE;
	bool killed = false;
	int status = 0, r;

	if (running->pid == 0)
		return -ESRCH;
	while (waitpid(running->pid, &status, killed ? 0 : WNOHANG) == 0) {
		killed = weir_now_monotonic() >= until;
		if (killed)
			(void)kill(running->pid, SIGKILL);
		else
			(void)poll(NULL, 0, 1);
	}
	running->pid = 0;
	r = running->late || killed ? -ETIMEDOUT : meaning(running, status);
	running->complaints = weir_close(running->complaints);
	return r;
}
