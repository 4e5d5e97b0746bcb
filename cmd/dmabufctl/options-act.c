/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/dmabufctl/options-act.h"

#include <errno.h>
#include <string.h>

#include "cmd/dmabufctl/error.h"
#include "cmd/dmabufctl/options.h"
#include "cmd/dmabufctl/verbs.h"
#include "lib/base/cleanup.h"

#define MILLISECOND UINT64_C(1000)
#define DAY (UINT64_C(86400) * 1000 * MILLISECOND)

int parse_method(struct options *options, const char *value, struct error *error)
{
	int method = revoke_method_parse(value);

	if (method < 0) {
		error_set(error, STATUS_USAGE,
			  "It is auto, memory, low-power, reset or buffer.",
			  "unknown method '%s'", value);
		return -EINVAL;
	}
	options->method = (enum revoke_method)method;
	return 0;
}

static int add_step(struct options *options, const char *word, struct error *error)
{
	int step = step_kind_parse(word);

	if (step < 0 || !step_is_rung((enum step_kind)step)) {
		error_set(error, STATUS_USAGE,
			  "Steps are grace, detach, revoke, freeze-owner, ask, "
			  "stop-owner and kill-owner.",
			  "unknown step '%s'", word);
		return -EINVAL;
	}
	if (options->n_steps == WISH_STEPS_MAX) {
		error_set(error, STATUS_USAGE, NULL, "more than %d steps",
			  WISH_STEPS_MAX);
		return -EINVAL;
	}
	options->steps[options->n_steps++] = (enum step_kind)step;
	return 0;
}

int parse_steps(struct options *options, const char *value, struct error *error)
{
	_cleanup_free_ char *copy = strdup(value);
	char *rest = copy, *word;
	int r = 0;

	if (!copy)
		return -ENOMEM;
	options->n_steps = 0;
	while (r == 0 && (word = strsep(&rest, ",")))
		r = add_step(options, word, error);
	return r;
}

int parse_on(struct options *options, const char *value, struct error *error)
{
	int trigger = job_trigger_parse(value);

	if (trigger < 0 || trigger == JOB_NOW) {
		error_set(error, STATUS_USAGE,
			  "It is unplug, reassign, release, exit, idle or at.",
			  "unknown word for --on: '%s'", value);
		return -EINVAL;
	}
	options->on = (enum job_trigger)trigger;
	return 0;
}

/* An act ends: what may last for ever is not one. */
static int check_timeout(const struct options *options, struct error *error)
{
	if (!options->timeout ||
	    (options->timeout_us >= MILLISECOND && options->timeout_us <= DAY))
		return 0;
	error_set(error, STATUS_USAGE, "Between a millisecond and a day.",
		  "not a limit for a step: '%s'", options->timeout);
	return -EINVAL;
}

int act_usage(const struct options *options, struct error *error)
{
	if (options->root && !options->dry_run) {
		error_set(error, STATUS_USAGE, "Nothing can be done to a captured tree.",
			  "--root needs --dry-run");
		return -EINVAL;
	}
	return check_timeout(options, error);
}
