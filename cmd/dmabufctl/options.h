/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_CMD_OPTIONS_H
#define DMABUFCTL_CMD_OPTIONS_H

/* The command line, parsed. One table describes every option; help prints it. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "cmd/dmabufctl/columns.h"
#include "cmd/dmabufctl/error.h"
#include "lib/base/array.h"
#include "lib/model/act.h"
#include "lib/model/event.h"
#include "lib/model/filter.h"
#include "lib/model/job.h"
#include "lib/model/wish.h"

struct verb;

enum json_mode { JSON_OFF, JSON_SHORT, JSON_PRETTY };

struct options {
	const struct verb *verb;
	bool verb_named; /* false: it is the default one */
	char **arguments; /* behind the verb */
	int n_arguments;

	unsigned int sources; /* SOURCE_BIT() mask; 0: default */
	unsigned int event_sources; /* of monitor: EVENT_SOURCE_BIT() mask; 0: default */
	bool cross_check;
	const char *root; /* captured tree; NULL: live */
	const char *host; /* NULL: here */
	bool daemon; /* not root: dmabufd looks and acts for us */
	bool no_ask_password;
	struct filter filter;
	const char *unit;
	bool flat;
	bool legend;
	bool all;
	bool wait;
	const char *timeout; /* as typed; NULL: none */
	uint64_t timeout_us; /* of timeout; TIME_SPAN_INFINITE: no limit */

	/* Of the verbs that act; wish.h says what they mean. */
	enum revoke_method method;
	enum step_kind steps[WISH_STEPS_MAX];
	size_t n_steps;
	bool stop_owner, kill_owner;
	bool freeze;
	bool group;
	bool force;
	bool all_of_device; /* revoke INODE: all buffers of its device */
	bool dry_run;

	/* Of schedule. */
	enum job_trigger on; /* JOB_NOW: not given */
	const char *at, *to; /* NULL: not given */
	bool once, always;

	enum json_mode json;
	const char *output; /* of -o; NULL: default columns */
	struct column_selection columns;
	bool list_columns;
	bool no_legend;
	bool no_pager;
	bool quiet;
	bool verbose;
	bool help;
	bool version;

	/* The options given that another host has to know, as "--name=value". */
	ARRAY(char *) forwarded;
};

/*
 * Parses argv; options may stand before or behind the verb. On failure error is set
 * and the rest of ret is still good enough to tell it (json). 0 or negative errno.
 */
int options_parse(int argc, char **argv, struct options *ret, struct error *error);
void options_done(struct options *options);

/* The options that belong to a verb (VERB_BIT() mask), a line each. */
void options_print_help(FILE *stream, unsigned int mask);

#endif
