/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/act/unit.h"

#include <errno.h>
#include <string.h>

#include "lib/act/unit-bus.h"
#include "lib/base/cleanup.h"

struct start {
	const char *job; /* its object path; NULL: not known yet */
	bool ended, done;
};

static int on_job_removed(sd_bus_message *message, void *context, sd_bus_error *error)
{
	struct start *start = context;
	const char *path, *unit, *result;
	uint32_t id;

	(void)error;
	if (sd_bus_message_read(message, "uoss", &id, &path, &unit, &result) >= 0 &&
	    start->job && strcmp(path, start->job) == 0) {
		start->ended = true;
		start->done = strcmp(result, "done") == 0;
	}
	return 0;
}

/* systemd tells the end of jobs only to those who asked for it; once is enough. */
static int subscribe(const struct manager *manager, struct start *start,
		     sd_bus_slot **ret_slot)
{
	int r = sd_bus_match_signal(manager->bus, ret_slot, SYSTEMD, MANAGER_PATH,
				    MANAGER, "JobRemoved", on_job_removed, start);

	if (r >= 0)
		r = manager_call(manager, MANAGER_PATH, MANAGER, "Subscribe", NULL, NULL);
	return r == -EALREADY ? 0 : r;
}

/* What arrived before the job's name was known is still in the queue of the bus. */
static int wait_for_end(const struct manager *manager, const struct start *start)
{
	while (!start->ended) {
		uint64_t left = manager_left_us(manager);
		int r = sd_bus_process(manager->bus, NULL);

		if (r > 0)
			continue;
		if (r == 0 && left == 0)
			return -ETIME;
		if (r == 0)
			r = sd_bus_wait(manager->bus, left);
		if (r < 0 && r != -EINTR)
			return r;
	}
	return start->done ? 0 : -ENOEXEC;
}

static int start_within(const struct manager *manager, const char *unit,
			sd_bus_message **ret)
{
	return manager_call(manager, MANAGER_PATH, MANAGER, "StartUnit", ret, "ss", unit,
			    "replace");
}

static int start_and_wait(const struct manager *manager, const char *unit)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	_cleanup_(sd_bus_slot_unrefp) sd_bus_slot *slot = NULL;
	struct start start = { 0 };
	int r = subscribe(manager, &start, &slot);

	if (r >= 0)
		r = start_within(manager, unit, &reply);
	if (r >= 0)
		r = sd_bus_message_read(reply, "o", &start.job);
	return r < 0 ? r : wait_for_end(manager, &start);
}

int unit_start(struct sd_bus *bus, const char *unit, bool wait, uint64_t limit_us)
{
	struct manager manager = manager_within(bus, limit_us);
	/* for the match, which is the one call that is made without us */
	int r = wait ? sd_bus_set_method_call_timeout(bus, limit_us) : 0;

	if (r < 0)
		return r;
	return wait ? start_and_wait(&manager, unit) : start_within(&manager, unit, NULL);
}
