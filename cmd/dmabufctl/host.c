/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/dmabufctl/host.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "cmd/dmabufctl/error.h"
#include "cmd/dmabufctl/options.h"
#include "cmd/dmabufctl/program.h"
#include "cmd/dmabufctl/verbs.h"
#include "lib/base/cleanup.h"
#include "lib/base/file.h"
#include "lib/wire/json.h"

enum {
	MAX_ANSWER = 64 * 1024 * 1024,
	SSH_FAILED = 255, /* ssh(1), EXIT STATUS */
	SHELL_NOT_FOUND = 127,
};

/* One word for the shell on the other side. */
static void put_quoted(FILE *stream, const char *word)
{
	(void)fputs(" '", stream);
	for (; *word; word++) {
		if (*word == '\'')
			(void)fputs("'\\''", stream);
		else
			(void)fputc(*word, stream);
	}
	(void)fputc('\'', stream);
}

/* What the other side shall run, malloc'ed. NULL: out of memory. */
static char *remote_command(const struct options *options)
{
	char *command = NULL;
	size_t length;
	FILE *stream = open_memstream(&command, &length);

	if (!stream)
		return NULL;
	(void)fputs("dmabufctl", stream);
	put_quoted(stream, options->verb->name);
	(void)fputs(" --json=short", stream);
	for (size_t i = 0; i < options->forwarded.count; i++)
		put_quoted(stream, options->forwarded.items[i]);
	(void)fputs(" --", stream);
	for (int i = 0; i < options->n_arguments; i++)
		put_quoted(stream, options->arguments[i]);
	if (fclose(stream) != 0) {
		free(command);
		return NULL;
	}
	return command;
}

static int start_ssh(const struct options *options, const char *command, int output,
		     pid_t *ret)
{
	_cleanup_close_ int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
	const char *words[8];
	size_t n = 0;

	if (nothing < 0)
		return -errno;
	words[n++] = "ssh";
	words[n++] = "-T";
	if (options->no_ask_password)
		words[n++] = "-oBatchMode=yes";
	words[n++] = "--";
	words[n++] = options->host;
	words[n++] = command;
	words[n] = NULL;
	return program_start((char *const *)words, nothing, output, ret);
}

/* The exit status of ssh and what it wrote; negative errno. */
static int run_ssh(const struct options *options, char **ret_text, size_t *ret_length)
{
	_cleanup_free_ char *command = remote_command(options), *text = NULL;
	_cleanup_close_ int reading = -EBADF, writing = -EBADF;
	int pipes[2], r, status;
	size_t length = 0;
	pid_t pid;

	if (!command)
		return -ENOMEM;
	if (pipe2(pipes, O_CLOEXEC) < 0)
		return -errno;
	reading = pipes[0];
	writing = pipes[1];
	r = start_ssh(options, command, writing, &pid);
	if (r < 0)
		return r;
	(void)close(TAKE_FD(writing));
	r = file_read_fd(reading, MAX_ANSWER, &text, &length);
	if (r < 0)
		(void)kill(pid, SIGTERM);
	status = program_wait(pid);
	if (r < 0)
		return r;
	if (status >= 0) {
		*ret_text = TAKE_PTR(text);
		*ret_length = length;
	}
	return status;
}

int host_nonsense(const struct options *options)
{
	return error_report(options, STATUS_FAILED,
			    "Is dmabufctl there of about the same version?",
			    "the answer of %s makes no sense", options->host);
}

static int pass_error(const struct options *options, struct json_object *error)
{
	const char *message, *hint;
	uint64_t status;

	if (wire_get_text(error, "message", &message) < 0 || !message ||
	    wire_get_text(error, "hint", &hint) < 0 ||
	    wire_get_unsigned(error, "status", STATUS_FAILED, &status) < 0 ||
	    status == STATUS_DONE || status > STATUS_UNSUPPORTED)
		return host_nonsense(options);
	return error_report(options, (enum exit_status)status, hint, "%s: %s",
			    options->host, message);
}

static int complain(const struct options *options, int ssh_status)
{
	if (ssh_status == SSH_FAILED)
		return error_report(options, STATUS_FAILED, NULL, "failed to reach %s",
				    options->host);
	if (ssh_status == SHELL_NOT_FOUND)
		return error_report(options, STATUS_FAILED,
				    "Install it there, or see that PATH has it.",
				    "there is no dmabufctl on %s", options->host);
	return host_nonsense(options);
}

static bool may_answer_with(int status, unsigned int statuses)
{
	return status == STATUS_DONE ||
	       (status <= STATUS_UNSUPPORTED && statuses & STATUS_BIT(status));
}

int host_ask_status(const struct options *options, unsigned int statuses,
		    struct json_object **ret, int *ret_status)
{
	_cleanup_(wire_put) struct json_object *answer = NULL;
	struct json_object *error = NULL;
	_cleanup_free_ char *text = NULL;
	size_t length = 0;
	int status, r;

	status = run_ssh(options, &text, &length);
	if (status < 0)
		return error_report(options, STATUS_FAILED, NULL,
				    "failed to ask %s by ssh: %s", options->host,
				    strerror(-status));
	r = wire_parse_text(text, length, &answer);
	if (r == -ENOMEM)
		return error_memory(options);
	if (r < 0 || !json_object_is_type(answer, json_type_object))
		return complain(options, status);
	if (wire_get_object(answer, "error", &error) < 0)
		return host_nonsense(options);
	if (error)
		return pass_error(options, error);
	if (!may_answer_with(status, statuses))
		return complain(options, status);
	*ret = TAKE_PTR(answer);
	*ret_status = status;
	return STATUS_DONE;
}

int host_ask(const struct options *options, struct json_object **ret)
{
	int status;

	return host_ask_status(options, 0, ret, &status);
}
