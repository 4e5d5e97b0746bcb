/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/dmabufd/bus-options.h"

#include <errno.h>
#include <string.h>

#include "cmd/dmabufd/bus-option.h"

/* As on the command line: an act ends. */
#define TIMEOUT_MIN_US UINT64_C(1000)
#define TIMEOUT_MAX_US (UINT64_C(86400) * 1000000)

static int read_method(void *target, const struct bus_option *option,
		       sd_bus_message *message)
{
	struct job *job = target;
	const char *word;
	int r = bus_option_text(message, &word);

	(void)option;
	if (r == 0)
		r = revoke_method_parse(word);
	if (r < 0)
		return r;
	job->wish.method = (enum revoke_method)r;
	return 0;
}

/* A rung, and not twice. */
static int add_step(struct wish *wish, const char *word)
{
	int step = step_kind_parse(word);

	if (step < 0 || !step_is_rung((enum step_kind)step) ||
	    wish->n_steps == WISH_STEPS_MAX)
		return -EINVAL;
	for (size_t i = 0; i < wish->n_steps; i++)
		if (wish->steps[i] == (enum step_kind)step)
			return -EINVAL;
	wish->steps[wish->n_steps++] = (enum step_kind)step;
	return 0;
}

static int read_steps(void *target, const struct bus_option *option,
		      sd_bus_message *message)
{
	struct job *job = target;
	const char *word;
	int r = sd_bus_message_enter_container(message, 'a', "s");

	(void)option;
	while (r >= 0 && (r = sd_bus_message_read(message, "s", &word)) > 0)
		r = add_step(&job->wish, word);
	if (r >= 0)
		r = sd_bus_message_exit_container(message);
	if (r < 0)
		return r;
	return job->wish.n_steps > 0 ? 0 : -EINVAL;
}

static int read_timeout(void *target, const struct bus_option *option,
			sd_bus_message *message)
{
	struct job *job = target;
	uint64_t timeout;
	int r = sd_bus_message_read(message, "t", &timeout);

	(void)option;
	if (r < 0)
		return r;
	if (timeout < TIMEOUT_MIN_US || timeout > TIMEOUT_MAX_US)
		return -EINVAL;
	job->wish.timeout_us = timeout;
	return 0;
}

static int read_calendar(void *target, const struct bus_option *option,
			 sd_bus_message *message)
{
	struct job *job = target;
	const char *text;
	int r = bus_option_text(message, &text);

	(void)option;
	if (r < 0)
		return r;
	if (!job_calendar_is_valid(text))
		return -EINVAL;
	strcpy(job->schedule.calendar, text);
	return 0;
}

static int take_driver(struct wish *wish, const char *name)
{
	if (strcmp(name, "-") != 0 && !driver_name_is_valid(name))
		return -EINVAL;
	wish->verb = ACT_REASSIGN;
	strcpy(wish->driver, name);
	return 0;
}

static int read_driver(void *target, const struct bus_option *option,
		       sd_bus_message *message)
{
	struct job *job = target;
	const char *name;
	int r = bus_option_text(message, &name);

	(void)option;
	return r < 0 ? r : take_driver(&job->wish, name);
}

#define REVOKE BUS_METHOD(BUS_REVOKE)
#define REASSIGN BUS_METHOD(BUS_REASSIGN)
#define SCHEDULE BUS_METHOD(BUS_SCHEDULE)
#define LADDERS (BUS_METHOD(BUS_RELEASE) | REASSIGN | SCHEDULE)
#define NOW (REVOKE | BUS_METHOD(BUS_RESTORE) | BUS_METHOD(BUS_RELEASE) | REASSIGN)
#define MEMBER(member) offsetof(struct job, member)

/* The options of the tool's verbs, see dmabufctl(8). */
static const struct bus_option options[] = {
	{ "method", "s", REVOKE, read_method, 0 },
	{ "freeze", "b", REVOKE, bus_option_flag, MEMBER(wish.freeze) },
	{ "force", "b", NOW, bus_option_flag, MEMBER(wish.force) },
	{ "timeout_us", "t", NOW | SCHEDULE, read_timeout, 0 },
	{ "steps", "as", LADDERS, read_steps, 0 },
	{ "stop_owner", "b", LADDERS, bus_option_flag, MEMBER(wish.stop_owner) },
	{ "kill_owner", "b", LADDERS, bus_option_flag, MEMBER(wish.kill_owner) },
	{ "group", "b", REASSIGN, bus_option_flag, MEMBER(wish.group) },
	{ "to", "s", SCHEDULE, read_driver, 0 },
	{ "at", "s", SCHEDULE, read_calendar, 0 },
	{ "always", "b", SCHEDULE, bus_option_flag, MEMBER(schedule.always) },
	{ 0 },
};

static int read_device(sd_bus_message *message, struct wish *wish, sd_bus_error *error)
{
	struct pci_address address;
	const char *text;
	int r = sd_bus_message_read(message, "s", &text);

	if (r < 0)
		return r;
	if (pci_address_parse(text, &address) < 0)
		return sd_bus_error_set(error, SD_BUS_ERROR_INVALID_ARGS,
					"the device is no PCI address");
	pci_address_format(&address, wish->device);
	return 0;
}

/* The driver of Reassign, and what Schedule waits for. */
static int read_second(sd_bus_message *message, enum bus_method method, struct job *job,
		       sd_bus_error *error)
{
	const char *text;
	int r = sd_bus_message_read(message, "s", &text);

	if (r < 0)
		return r;
	if (method == BUS_REASSIGN)
		return take_driver(&job->wish, text) == 0
			       ? 0
			       : sd_bus_error_set(error, SD_BUS_ERROR_INVALID_ARGS,
						  "no driver can have that name");
	r = job_trigger_parse(text);
	if (r < 0 || r == JOB_NOW)
		return sd_bus_error_set(error, SD_BUS_ERROR_INVALID_ARGS,
					"a job waits for unplug, reassign, release, "
					"exit, idle or at");
	job->trigger = (enum job_trigger)r;
	return 0;
}

static int check_calendar(const struct job *job, sd_bus_error *error)
{
	bool given = *job->schedule.calendar != '\0';

	if (given == (job->trigger == JOB_AT))
		return 0;
	return sd_bus_error_set(error, SD_BUS_ERROR_INVALID_ARGS,
				given ? "option 'at' is for jobs that wait for 'at'"
				      : "option 'at' has to say when");
}

int bus_read_job(sd_bus_message *message, enum bus_method method, struct job *ret,
		 sd_bus_error *error)
{
	static const enum act_verb verbs[] = {
		[BUS_REVOKE] = ACT_REVOKE,    [BUS_RESTORE] = ACT_RESTORE,
		[BUS_RELEASE] = ACT_RELEASE,  [BUS_REASSIGN] = ACT_REASSIGN,
		[BUS_SCHEDULE] = ACT_RELEASE,
	};
	struct job job = { .wish.verb = verbs[method] };
	int r = read_device(message, &job.wish, error);

	if (r >= 0 && (method == BUS_REASSIGN || method == BUS_SCHEDULE))
		r = read_second(message, method, &job, error);
	if (r >= 0)
		r = bus_options_read(message, options, method, &job, error);
	if (r >= 0)
		r = check_calendar(&job, error);
	if (r < 0)
		return r;
	*ret = job;
	return 0;
}

static int read_job_id(void *target, const struct bus_option *option,
		       sd_bus_message *message)
{
	struct bus_jobs_filter *filter = target;
	const char *id;
	int r = bus_option_text(message, &id);

	(void)option;
	if (r < 0)
		return r;
	if (!job_id_is_valid(id))
		return -EINVAL;
	strcpy(filter->job, id);
	return 0;
}

int bus_read_jobs_filter(sd_bus_message *message, struct bus_jobs_filter *ret,
			 sd_bus_error *error)
{
	static const struct bus_option table[] = {
		{ "all", "b", 1, bus_option_flag, offsetof(struct bus_jobs_filter, all) },
		{ "device", "s", 1, bus_option_address,
		  offsetof(struct bus_jobs_filter, device) },
		{ "job", "s", 1, read_job_id, 0 },
		{ 0 },
	};
	struct bus_jobs_filter filter = { 0 };
	int r = bus_options_read(message, table, 0, &filter, error);

	if (r == 0)
		*ret = filter;
	return r;
}
