/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/dmabufctl/output.h"

#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cmd/dmabufctl/colour.h"
#include "cmd/dmabufctl/error.h"
#include "cmd/dmabufctl/options.h"
#include "cmd/dmabufctl/pager.h"
#include "lib/base/cleanup.h"
#include "lib/wire/json.h"

enum { DEFAULT_WIDTH = 80, DEFAULT_HEIGHT = 24 };

static void get_size(struct output *output)
{
	struct winsize size = { 0 };

	(void)ioctl(STDOUT_FILENO, TIOCGWINSZ, &size);
	output->width = size.ws_col ? size.ws_col : DEFAULT_WIDTH;
	output->height = size.ws_row ? size.ws_row : DEFAULT_HEIGHT;
}

int output_open(const struct options *options, struct output *ret)
{
	struct output output = { .stream = stdout };

	output.terminal = isatty(STDOUT_FILENO);
	output.colour = output.terminal && colour_wanted();
	if (output.terminal)
		get_size(&output);
	*ret = output;
	if (!output.terminal || options->no_pager)
		return 0;
	ret->stream = open_memstream(&ret->text, &ret->length);
	return ret->stream ? 0 : -ENOMEM;
}

static size_t count_lines(const char *text, size_t length)
{
	size_t lines = 0;

	for (const char *end = text + length; (text = memchr(text, '\n', end - text));
	     text++)
		lines++;
	return lines;
}

/* 0 or negative errno. */
static int send_gathered(struct output *output)
{
	_cleanup_free_ char *text = NULL;
	bool failed = ferror(output->stream);

	failed |= fclose(output->stream) != 0;
	output->stream = stdout;
	text = TAKE_PTR(output->text);
	if (failed)
		return -ENOMEM;
	if (count_lines(text, output->length) >= output->height &&
	    pager_show(text, output->length) == 0)
		return 0;
	if (fwrite(text, 1, output->length, stdout) != output->length)
		return -errno;
	return 0;
}

int output_close(const struct options *options, struct output *output)
{
	int r = 0;

	if (output->stream != stdout)
		r = send_gathered(output);
	errno = 0;
	if (r == 0 && (fflush(stdout) != 0 || ferror(stdout)))
		r = errno ? -errno : -EIO;
	if (r == 0 || r == -EPIPE)
		return STATUS_DONE;
	if (r == -ENOMEM)
		return error_memory(options);
	/* what could not take the answer cannot take an object about it either */
	(void)fprintf(stderr, "dmabufctl: failed to write to standard output: %s\n",
		      strerror(-r));
	return STATUS_FAILED;
}

int output_json(const struct options *options, struct json_object *object)
{
	_cleanup_free_ char *text = wire_print(object, options->json == JSON_PRETTY);
	struct output output;

	if (!text || output_open(options, &output) < 0)
		return error_memory(options);
	(void)fputs(text, output.stream);
	(void)fputc('\n', output.stream);
	return output_close(options, &output);
}
