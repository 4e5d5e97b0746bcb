/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_CMD_OUTPUT_H
#define DMABUFCTL_CMD_OUTPUT_H

/*
 * Where answers go. On a terminal they are gathered first, and go through the pager
 * when they are longer than the screen; elsewhere they go straight to stdout.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct json_object;
struct options;

struct output {
	FILE *stream; /* write here */
	bool terminal; /* stdout is one */
	bool colour;
	size_t width, height; /* of the terminal; 0 elsewhere */
	char *text; /* gathered so far; private */
	size_t length;
};

/* 0 or -ENOMEM. Ends with output_close(). */
int output_open(const struct options *options, struct output *ret);

/*
 * Sends everything, and sees whether it arrived. A reader that went away is no error.
 * Returns an exit status.
 */
int output_close(const struct options *options, struct output *output);

/* One JSON object as the whole answer. Returns an exit status. */
int output_json(const struct options *options, struct json_object *object);

#endif
