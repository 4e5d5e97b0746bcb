/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <fcntl.h>
#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "cmd/dmabufctl/client-error.h"
#include "cmd/dmabufctl/columns.h"
#include "cmd/dmabufctl/error.h"
#include "cmd/dmabufctl/help.h"
#include "cmd/dmabufctl/options.h"
#include "cmd/dmabufctl/verbs.h"
#include "lib/base/cleanup.h"

/*
 * Whoever started us may have closed 0, 1 or 2: the next file we open must not become
 * our output. Opened the wrong way round, so that using them still fails.
 */
static int hold_standard_fds(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (fcntl(fd, F_GETFD) >= 0)
			continue;
		if (open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd)
			return -errno;
	}
	return 0;
}

/*
 * Names are UTF-8 whatever the locale of cron or a unit says, and libsmartcols does not
 * come back from text that its locale cannot read.
 */
static void use_utf8(void)
{
	(void)setlocale(LC_ALL, "");
	if (strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
		(void)setlocale(LC_CTYPE, "C.UTF-8");
}

/* Who is not root asks dmabufd. */
static int run_verb(struct options *options)
{
	int status;

	options->daemon = !options->verb->anybody && !options->root && !options->host &&
			  geteuid() != 0;
	status = options->daemon ? client_check_options(options) : STATUS_DONE;
	return status != STATUS_DONE ? status : options->verb->run(options);
}

static int run(struct options *options)
{
	if (options->version)
		return version_print(options);
	if (options->help)
		return help_print(options, options->verb_named ? options->verb : NULL);
	if (options->list_columns)
		return columns_list(options, options->verb->columns);
	return run_verb(options);
}

int main(int argc, char **argv)
{
	_cleanup_(options_done) struct options options;
	_cleanup_(error_done) struct error error = { 0 };
	int r;

	if (hold_standard_fds() < 0)
		return STATUS_FAILED;
	use_utf8();
	/* a reader that goes away is seen as EPIPE, and is no reason to complain */
	(void)signal(SIGPIPE, SIG_IGN);
	r = options_parse(argc, argv, &options, &error);
	if (r < 0)
		return error.status ? error_tell(&options, &error)
				    : error_memory(&options);
	return run(&options);
}
