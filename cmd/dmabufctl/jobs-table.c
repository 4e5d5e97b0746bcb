/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/dmabufctl/jobs-table.h"

#include <libsmartcols.h>

#include "cmd/dmabufctl/cell.h"
#include "cmd/dmabufctl/format.h"
#include "cmd/dmabufctl/options.h"
#include "cmd/dmabufctl/table.h"
#include "lib/base/cleanup.h"

enum jobs_column {
	JOBS_JOB,
	JOBS_DEVICE,
	JOBS_VERB,
	JOBS_DRIVER,
	JOBS_ON,
	JOBS_AT,
	JOBS_ALWAYS,
	JOBS_DUE,
	JOBS_STATE,
	JOBS_STEP,
	JOBS_CREATED,
	JOBS_RESULT,
	JOBS_REASON,
};

static const struct column columns[] = {
	[JOBS_JOB] = { "JOB", 0, 0, "string", "its name, for cancel" },
	[JOBS_DEVICE] = { "DEVICE", 0, 0, "string", "PCI address" },
	[JOBS_VERB] = { "VERB", 0, 0, "string", "revoke, restore, release, reassign" },
	[JOBS_DRIVER] = { "DRIVER", 0, 0, "string", "driver that reassign binds it to" },
	[JOBS_ON] = { "ON", 0, 0, "string", "when: now, or what it waits for" },
	[JOBS_AT] = { "AT", 0, 0, "string", "the calendar of one that waits for a time" },
	[JOBS_ALWAYS] = { "ALWAYS", 0, 0, "boolean", "whether it waits again each time" },
	[JOBS_DUE] = { "DUE", 0, 0, "string",
		       "that time, or when what it waited for came" },
	[JOBS_STATE] = { "STATE", 0, 0, "string",
			 "armed, started, done, failed, interrupted, missed, cancelled" },
	[JOBS_STEP] = { "STEP", 0, 0, "string", "what a started one is at" },
	[JOBS_CREATED] = { "CREATED", 0, 0, "string", "when it was asked for" },
	[JOBS_RESULT] = { "RESULT", 0, 0, "string", "what came of it" },
	[JOBS_REASON] = { "REASON", 0.3, SCOLS_FL_TRUNC, "string", "why" },
};

static const size_t defaults[] = {
	JOBS_JOB, JOBS_DEVICE, JOBS_VERB, JOBS_ON, JOBS_STATE, JOBS_CREATED, JOBS_RESULT,
};

const struct column_set jobs_columns = {
	.columns = columns,
	.count = ARRAY_SIZE(columns),
	.defaults = defaults,
	.n_defaults = ARRAY_SIZE(defaults),
};

static int cell_driver(struct cell *cell, const struct wish *wish)
{
	return cell_text(cell, *wish->driver ? wish->driver : NULL);
}

static int cell_step(struct cell *cell, const struct job *job)
{
	if (job->state != JOB_STARTED || !job->progress.known)
		return 0;
	return cell_text(cell, step_kind_name(job->progress.step));
}

static int fill(const void *item, size_t column, struct cell *ret)
{
	const struct job *job = item;
	const struct result *result = job->result;

	switch ((enum jobs_column)column) {
	case JOBS_JOB:
		return cell_text(ret, job->id);
	case JOBS_DEVICE:
		return cell_text(ret, job->wish.device);
	case JOBS_VERB:
		return cell_text(ret, act_verb_name(job->wish.verb));
	case JOBS_DRIVER:
		return cell_driver(ret, &job->wish);
	case JOBS_ON:
		return cell_text(ret, job_trigger_name(job->trigger));
	case JOBS_AT:
		return cell_text(ret,
				 *job->schedule.calendar ? job->schedule.calendar : NULL);
	case JOBS_ALWAYS:
		return cell_text(ret, job->schedule.always ? "yes" : "no");
	case JOBS_DUE:
		return job->schedule.due_us > 0
			       ? cell_take(ret, format_moment(job->schedule.due_us))
			       : 0;
	case JOBS_STATE:
		return cell_text(ret, job_state_name(job->state));
	case JOBS_STEP:
		return cell_step(ret, job);
	case JOBS_CREATED:
		return cell_take(ret, format_moment(job->created_us));
	case JOBS_RESULT:
		return cell_text(ret, result ? act_outcome_name(result->outcome) : NULL);
	case JOBS_REASON:
		return cell_text(ret, result ? result->reason : NULL);
	}
	return 0;
}

int jobs_table_print(const struct options *options, const job_array *jobs,
		     const struct output *output)
{
	const struct table_style style = {
		.headings = !options->no_legend,
		.nothing = "-",
	};
	struct table *table;
	int r = table_new(&jobs_columns, &options->columns, &style, output, &table);

	if (r < 0)
		return r;
	for (size_t i = 0; r == 0 && i < jobs->count; i++)
		r = table_add(table, NULL, fill, jobs->items[i], NULL);
	if (r == 0)
		r = table_print(table, output);
	table_free(table);
	return r;
}
