/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/dmabufctl/client-look.h"
#include "cmd/dmabufctl/error.h"
#include "cmd/dmabufctl/jobs-open.h"
#include "cmd/dmabufctl/jobs-table.h"
#include "cmd/dmabufctl/notes.h"
#include "cmd/dmabufctl/options.h"
#include "cmd/dmabufctl/output.h"
#include "cmd/dmabufctl/verbs.h"
#include "lib/base/cleanup.h"
#include "lib/jobs/request-store.h"
#include "lib/wire/act-json.h"
#include "lib/wire/json.h"

static int print_json(const struct options *options, const job_array *jobs)
{
	_cleanup_(wire_put) struct json_object *object =
		wire_jobs(jobs->items, jobs->count);

	return object ? output_json(options, object) : error_memory(options);
}

static int print_table(const struct options *options, const job_array *jobs)
{
	struct output output;
	int status = STATUS_DONE;

	if (output_open(options, &output) < 0)
		return error_memory(options);
	if (jobs_table_print(options, jobs, &output) < 0)
		status = error_memory(options);
	if (!options->no_legend && !options->quiet) {
		(void)fputc('\n', output.stream);
		notes_print_count(output.stream, jobs->count, "job", "jobs");
		(void)fputs(".\n", output.stream);
	}
	return status | output_close(options, &output);
}

static void tell_broken(const struct options *options, size_t broken)
{
	if (broken == 0 || options->json != JSON_OFF)
		return;
	notes_print_count(stderr, broken, "record", "records");
	(void)fputs(" below /var/lib/dmabufctl could not be read.\n", stderr);
}

static int print_text(const struct options *options, const job_array *jobs)
{
	if (jobs->count > 0)
		return print_table(options, jobs);
	if (!options->quiet)
		(void)fputs(options->all ? "No jobs.\n"
					 : "No jobs; --all shows ended ones.\n",
			    stderr);
	return STATUS_DONE;
}

static int compare(const void *one, const void *other)
{
	const struct job *a = *(struct job *const *)one, *b = *(struct job *const *)other;

	if (a->created_us != b->created_us)
		return a->created_us < b->created_us ? -1 : 1;
	return strcmp(a->id, b->id);
}

static void count_broken(void *context, const char *name)
{
	size_t *broken = context;

	(void)name;
	(*broken)++;
}

static bool has(const job_array *jobs, const char *id)
{
	for (size_t i = 0; i < jobs->count; i++)
		if (strcmp(jobs->items[i]->id, id) == 0)
			return true;
	return false;
}

/* One that will never run is as good as ended, even if that is not on record yet. */
static int take(job_array *jobs, struct job **job, bool ended)
{
	int r;

	if ((*job)->schedule.end != JOB_ARMED)
		(*job)->state = (*job)->schedule.end;
	if ((job_has_ended(*job) && !ended) || has(jobs, (*job)->id))
		return 0;
	r = ARRAY_PUSH(jobs, *job);
	if (r == 0)
		*job = NULL;
	return r;
}

/* Those that wait first: one that begins meanwhile is then seen twice, and not missed. */
static int list(const struct job_store *store, bool ended, job_array *jobs,
		size_t *ret_broken)
{
	_cleanup_(job_array_done) job_array requests = { 0 };
	size_t broken = 0;
	int r = request_list(store, &requests, count_broken, &broken);

	if (r == 0)
		r = job_store_list(store, ended, jobs, ret_broken);
	for (size_t i = 0; r == 0 && i < requests.count; i++)
		r = take(jobs, &requests.items[i], ended);
	if (r < 0)
		return r;
	*ret_broken += broken;
	if (jobs->count > 1)
		qsort(jobs->items, jobs->count, sizeof(*jobs->items), compare);
	return 0;
}

static int acquire_here(const struct options *options, job_array *ret)
{
	_cleanup_(job_store_close) struct job_store store = { -EBADF, -EBADF };
	size_t broken;
	int status = jobs_open(options, &store), r;

	if (status != STATUS_DONE)
		return status;
	r = list(&store, options->all, ret, &broken);
	if (r < 0)
		return error_report(options, STATUS_FAILED, NULL,
				    "failed to read the jobs: %s", strerror(-r));
	tell_broken(options, broken);
	return STATUS_DONE;
}

int jobs_run(const struct options *options)
{
	_cleanup_(job_array_done) job_array jobs = { 0 };
	int status = options->daemon ? client_ask_jobs(options, &jobs)
				     : acquire_here(options, &jobs);

	if (status != STATUS_DONE)
		return status;
	for (size_t i = 0; i < jobs.count; i++)
		job_drop_unfinished(jobs.items[i]);
	return options->json != JSON_OFF ? print_json(options, &jobs)
					 : print_text(options, &jobs);
}
