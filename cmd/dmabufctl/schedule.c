/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <string.h>

#include <systemd/sd-bus.h>

#include "cmd/dmabufctl/act-host.h"
#include "cmd/dmabufctl/act-run.h"
#include "cmd/dmabufctl/client-act.h"
#include "cmd/dmabufctl/client-look.h"
#include "cmd/dmabufctl/error.h"
#include "cmd/dmabufctl/format.h"
#include "cmd/dmabufctl/jobs-open.h"
#include "cmd/dmabufctl/options.h"
#include "cmd/dmabufctl/output.h"
#include "cmd/dmabufctl/targets.h"
#include "cmd/dmabufctl/verbs.h"
#include "lib/act/calendar.h"
#include "lib/act/driver.h"
#include "lib/act/unit.h"
#include "lib/base/cleanup.h"
#include "lib/base/file.h"
#include "lib/jobs/request-store.h"
#include "lib/wire/act-json.h"
#include "lib/wire/json.h"

enum { CALENDAR_LIMIT_MS = 5000, START_LIMIT_US = 5000000 };

static int wrong(struct error *error, const char *hint, const char *message)
{
	error_set(error, STATUS_USAGE, hint, "%s", message);
	return -EINVAL;
}

static int check_when(const struct options *options, struct error *error)
{
	if (options->on == JOB_NOW)
		return wrong(error, "It is unplug, reassign, release, exit, idle or at.",
			     "'schedule' needs --on=WHEN");
	if (options->on == JOB_AT && !options->at)
		return wrong(error,
			     "As OnCalendar= of systemd.time(7): --at='Mon 03:00'.",
			     "--on=at needs --at=TIME");
	if (options->on != JOB_AT && options->at)
		return wrong(error, NULL, "--at=TIME belongs to --on=at");
	if (options->at && !job_calendar_is_valid(options->at))
		return wrong(error,
			     "As OnCalendar= of systemd.time(7): --at='Mon 03:00'.",
			     "--at=TIME is empty, too long, or not one line");
	if (options->once && options->always)
		return wrong(error, NULL, "--once and --always exclude each other");
	return 0;
}

int schedule_usage(const struct options *options, struct error *error)
{
	int r = check_when(options, error);

	if (r == 0 && options->to)
		r = reassign_check_name(options->to, error);
	if (r == 0 && options->to && options->on == JOB_ON_UNPLUG)
		r = wrong(error, NULL,
			  "--to=DRIVER: after an unplug there is no device to bind");
	return r < 0 ? r : act_usage(options, error);
}

/* Only systemd knows what its calendars mean. */
static int look_up_time(const struct options *options, struct schedule *schedule)
{
	_cleanup_free_ char *words = NULL;
	int r = calendar_next(options->at, realtime_us(), CALENDAR_LIMIT_MS,
			      &schedule->due_us, &words);

	(void)snprintf(schedule->calendar, sizeof(schedule->calendar), "%s", options->at);
	if (r == 0)
		return STATUS_DONE;
	if (r == -ERANGE)
		return error_report(options, STATUS_USAGE, NULL,
				    "that time never comes again: '%s'", options->at);
	if (r == -EINVAL)
		return error_report(options, STATUS_USAGE,
				    "systemd.time(7) explains calendar events.", "%s",
				    words);
	return error_report(options, STATUS_FAILED, NULL,
			    "systemd-analyze could not tell when '%s' is: %s",
			    options->at, words ? words : strerror(-r));
}

static int find_device(const struct options *options, struct wish *wish)
{
	_cleanup_(targets_done) struct targets targets = { 0 };
	const struct target *target;
	int status = targets_parse(options, &targets);

	if (status != STATUS_DONE)
		return status;
	target = &targets.items[0];
	if (target->verbatim)
		return target_complain(options, target);
	if (!pci_address_is_kernel_name(target->address))
		return error_report(options, STATUS_UNSUPPORTED, NULL,
				    "'%s' is not a PCI device: 'schedule' works on "
				    "those alone",
				    target->argument);
	(void)snprintf(wish->device, sizeof(wish->device), "%s", target->address);
	return STATUS_DONE;
}

/* What it is now, if it is there: nothing will be done to another one in its place. */
static int identify(const struct options *options, struct wish *wish)
{
	struct root root;
	int r = root_open(NULL, &root);

	if (r < 0)
		return error_report(options, STATUS_FAILED, NULL, "failed to open /: %s",
				    strerror(-r));
	(void)device_ids(&root, wish->device, &wish->vendor, &wish->product);
	/* who asks dmabufd may live anywhere: it finds out by itself */
	if (!options->daemon)
		act_host_cgroup(&root, wish->caller_cgroup);
	r = options->daemon ? STATUS_DONE : act_host_check(options, &root);
	root_close(&root);
	return r;
}

static void tell_if_missing(const struct options *options, const struct wish *wish)
{
	if (wish->vendor == 0 && wish->product == 0 && !options->quiet)
		(void)fprintf(stderr, "%s is not there yet: the job waits for it\n",
			      wish->device);
}

static int fill(const struct options *options, struct job *job)
{
	int status = STATUS_DONE;

	act_fill_wish(options, options->to ? ACT_REASSIGN : ACT_RELEASE, options->to,
		      &job->wish);
	job->trigger = options->on;
	job->schedule.always = options->always;
	if (options->to && strcmp(options->to, "-") != 0)
		status = reassign_check_driver(options, options->to);
	if (status == STATUS_DONE && options->at)
		status = look_up_time(options, &job->schedule);
	if (status == STATUS_DONE)
		status = find_device(options, &job->wish);
	return status != STATUS_DONE ? status : identify(options, &job->wish);
}

/* Who keeps it is started by dmabufd.path as well; but that may be disabled. */
static void start_daemon(const struct options *options)
{
	_cleanup_(sd_bus_flush_close_unrefp) struct sd_bus *bus = NULL;
	int r = unit_bus_open(&bus);

	if (r >= 0)
		r = unit_start(bus, "dmabufd.service", false, START_LIMIT_US);
	if (r < 0 && !options->quiet)
		(void)fprintf(stderr,
			      "dmabufd could not be started (%s): the job waits for it\n",
			      strerror(-r));
}

static int answer(const struct options *options, const struct job *job)
{
	_cleanup_(wire_put) struct json_object *object = NULL;
	_cleanup_free_ char *due = NULL;

	if (options->json != JSON_OFF) {
		object = wire_job(job);
		return object ? output_json(options, object) : error_memory(options);
	}
	if (options->quiet)
		return STATUS_DONE;
	due = job->schedule.due_us > 0 ? format_moment(job->schedule.due_us) : NULL;
	(void)printf("job %s: %s of %s%s%s %s %s%s\n", job->id,
		     act_verb_name(job->wish.verb), job->wish.device,
		     *job->wish.driver ? " to " : "", job->wish.driver, due ? "at" : "on",
		     due ? due : job_trigger_name(job->trigger),
		     job->schedule.always ? ", always" : "");
	return STATUS_DONE;
}

static int make_here(const struct options *options, struct job *job)
{
	_cleanup_(job_store_close) struct job_store store = { -EBADF, -EBADF };
	int status = jobs_open(options, &store), r;

	if (status != STATUS_DONE)
		return status;
	r = request_create(&store, job);
	if (r < 0)
		return error_report(options, STATUS_FAILED, NULL,
				    "failed to create a job for %s: %s", job->wish.device,
				    strerror(-r));
	start_daemon(options);
	return STATUS_DONE;
}

/* When it was made dmabufd tells those who may read: to others it is unknown. */
static int make_by_daemon(const struct options *options, struct job *job)
{
	_cleanup_(client_done) struct client client;
	struct job *made = NULL;
	int status = client_open(options, &client);

	if (status == STATUS_DONE)
		status = client_make_job(&client, job);
	if (status != STATUS_DONE || options->json == JSON_OFF)
		return status;
	if (client_ask_job(&client, job->id, &made) < 0)
		return error_memory(options);
	if (made) {
		job->created_us = made->created_us;
		job->schedule.due_us = made->schedule.due_us;
	}
	job_free(made);
	return STATUS_DONE;
}

int schedule_run(const struct options *options)
{
	struct job job = { .state = JOB_ARMED };
	int status = fill(options, &job);

	if (status == STATUS_DONE)
		status = options->daemon ? make_by_daemon(options, &job)
					 : make_here(options, &job);
	if (status != STATUS_DONE)
		return status;
	tell_if_missing(options, &job.wish);
	return answer(options, &job);
}
