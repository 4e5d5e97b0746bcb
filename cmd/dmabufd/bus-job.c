/* SPDX-License-Identifier: GPL-2.0-or-later */
/* org.dmabufctl1.Job: an object for each job that the daemon knows. */

#include "cmd/dmabufd/bus.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/dmabufd/bus-hide.h"
#include "cmd/dmabufd/jobs.h"
#include "cmd/dmabufd/manager-bus.h"
#include "lib/base/cleanup.h"
#include "lib/wire/act-json.h"
#include "lib/wire/fields.h"
#include "lib/wire/json.h"
#include "lib/wire/time.h"

void bus_job_remember_creator(struct manager_bus *bus, const char *sender, const char *id)
{
	struct bus_creator *creator = &bus->creators[bus->next_creator];

	bus->next_creator = (bus->next_creator + 1) % BUS_CREATORS;
	(void)snprintf(creator->sender, sizeof(creator->sender), "%s", sender);
	(void)snprintf(creator->job, sizeof(creator->job), "%s", id);
}

/* Who asked for the job has been authorised to; a name on the bus is never given twice. */
static bool asked_by_creator(const struct manager_bus *bus, const char *id)
{
	sd_bus_message *message = sd_bus_get_current_message(bus->manager->bus);
	const char *sender = message ? sd_bus_message_get_sender(message) : NULL;

	for (size_t i = 0; sender && i < BUS_CREATORS; i++)
		if (strcmp(bus->creators[i].job, id) == 0 &&
		    strcmp(bus->creators[i].sender, sender) == 0)
			return true;
	return false;
}

/* NULL (nothing to say) is the empty text. Takes value. */
static int append_json(const struct manager_bus *bus, const struct job *job,
		       sd_bus_message *reply, struct json_object *value)
{
	_cleanup_(wire_put) struct json_object *taken = value;
	_cleanup_free_ char *text = NULL;

	if (taken && !asked_by_creator(bus, job->id))
		bus_hide_others(taken);
	text = taken ? wire_print(taken, false) : strdup("");
	return text ? sd_bus_message_append(reply, "s", text) : -ENOMEM;
}

static int fill_progress(struct json_object *object, const struct job_progress *progress)
{
	if (wire_add_text(object, "step", step_kind_name(progress->step)) < 0 ||
	    wire_add_time(object, "since", progress->since_us) < 0 ||
	    wire_add_limit(object, "timeout_us", progress->timeout_us) < 0 ||
	    wire_add_text(object, "awaited", progress->awaited) < 0)
		return -ENOMEM;
	return 0;
}

/* NULL: no such object. */
static const struct job *job_at(const struct manager_bus *self, const char *path)
{
	char id[JOB_ID_TEXT];

	return bus_job_id(path, id) == 0 ? jobs_find(self->manager->jobs, id) : NULL;
}

static int get_progress(sd_bus *bus, const char *path, const char *interface,
			const char *property, sd_bus_message *reply, void *userdata,
			sd_bus_error *error)
{
	_cleanup_(wire_put) struct json_object *object = NULL;
	struct manager_bus *self = userdata;
	const struct job *job = job_at(self, path);

	(void)bus;
	(void)interface;
	(void)property;
	(void)error;
	if (!job)
		return -ENOENT;
	if (!job->progress.known)
		return append_json(self, job, reply, NULL);
	object = json_object_new_object();
	if (!object || fill_progress(object, &job->progress) < 0)
		return -ENOMEM;
	return append_json(self, job, reply, TAKE_PTR(object));
}

static int get_result(sd_bus *bus, const char *path, const char *interface,
		      const char *property, sd_bus_message *reply, void *userdata,
		      sd_bus_error *error)
{
	struct manager_bus *self = userdata;
	struct json_object *object = NULL;
	const struct job *job = job_at(self, path);

	(void)bus;
	(void)interface;
	(void)property;
	(void)error;
	if (!job)
		return -ENOENT;
	if (job->result && !(object = wire_result(job->result)))
		return -ENOMEM;
	return append_json(self, job, reply, object);
}

static const char *text_property(const struct job *job, const char *property)
{
	if (strcmp(property, "Id") == 0)
		return job->id;
	if (strcmp(property, "Device") == 0)
		return job->wish.device;
	if (strcmp(property, "Verb") == 0)
		return act_verb_name(job->wish.verb);
	if (strcmp(property, "On") == 0)
		return job_trigger_name(job->trigger);
	if (strcmp(property, "State") == 0)
		return job_state_name(job->state);
	return job->progress.known ? step_kind_name(job->progress.step) : ""; /* Step */
}

static int get_text(sd_bus *bus, const char *path, const char *interface,
		    const char *property, sd_bus_message *reply, void *userdata,
		    sd_bus_error *error)
{
	struct manager_bus *self = userdata;
	const struct job *job = job_at(self, path);

	(void)bus;
	(void)interface;
	(void)error;
	if (!job)
		return -ENOENT;
	return sd_bus_message_append(reply, "s", text_property(job, property));
}

/* Result and Progress are not told to everybody: they are hidden from most readers. */
static const sd_bus_vtable vtable[] = {
	SD_BUS_VTABLE_START(0),
	SD_BUS_PROPERTY("Id", "s", get_text, 0, SD_BUS_VTABLE_PROPERTY_CONST),
	SD_BUS_PROPERTY("Device", "s", get_text, 0, SD_BUS_VTABLE_PROPERTY_CONST),
	SD_BUS_PROPERTY("Verb", "s", get_text, 0, SD_BUS_VTABLE_PROPERTY_CONST),
	SD_BUS_PROPERTY("On", "s", get_text, 0, SD_BUS_VTABLE_PROPERTY_CONST),
	SD_BUS_PROPERTY("State", "s", get_text, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
	SD_BUS_PROPERTY("Step", "s", get_text, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
	SD_BUS_PROPERTY("Progress", "s", get_progress, 0,
			SD_BUS_VTABLE_PROPERTY_EMITS_INVALIDATION),
	SD_BUS_PROPERTY("Result", "s", get_result, 0,
			SD_BUS_VTABLE_PROPERTY_EMITS_INVALIDATION),
	SD_BUS_VTABLE_END
};

static int find(sd_bus *bus, const char *path, const char *interface, void *userdata,
		void **ret_found, sd_bus_error *error)
{
	struct manager_bus *self = userdata;

	(void)bus;
	(void)interface;
	(void)error;
	if (!job_at(self, path))
		return 0;
	*ret_found = self;
	return 1;
}

static void free_paths(char ***paths)
{
	for (char **path = *paths; path && *path; path++)
		free(*path);
	free(*paths);
}

static size_t count_all(const struct jobs *jobs)
{
	size_t count = 0;

	while (jobs_get(jobs, count))
		count++;
	return count;
}

static int enumerate(sd_bus *bus, const char *prefix, void *userdata, char ***ret_nodes,
		     sd_bus_error *error)
{
	struct manager_bus *self = userdata;
	const struct jobs *jobs = self->manager->jobs;
	size_t count = count_all(jobs);
	_cleanup_(free_paths) char **paths = calloc(count + 1, sizeof(*paths));

	(void)bus;
	(void)prefix;
	(void)error;
	if (!paths)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		char path[BUS_JOB_PATH_TEXT];

		bus_job_path(jobs_get(jobs, i)->id, path);
		paths[i] = strdup(path);
		if (!paths[i])
			return -ENOMEM;
	}
	*ret_nodes = TAKE_PTR(paths);
	return 0;
}

int bus_job_publish(struct manager_bus *self)
{
	sd_bus *bus = self->manager->bus;
	int r = sd_bus_add_fallback_vtable(bus, NULL, BUS_JOB_PATH, BUS_JOB, vtable, find,
					   self);

	if (r >= 0)
		r = sd_bus_add_node_enumerator(bus, NULL, BUS_JOB_PATH, enumerate, self);
	return r;
}

void manager_bus_job_new(struct manager *manager, const struct job *job)
{
	char path[BUS_JOB_PATH_TEXT];

	bus_job_path(job->id, path);
	(void)sd_bus_emit_signal(manager->bus, BUS_PATH, BUS_MANAGER, "JobNew", "so",
				 job->id, path);
}

void manager_bus_job_changed(struct manager *manager, const struct job *job)
{
	char path[BUS_JOB_PATH_TEXT];

	bus_job_path(job->id, path);
	(void)sd_bus_emit_properties_changed(manager->bus, path, BUS_JOB, "State", "Step",
					     "Progress", "Result", NULL);
}

void manager_bus_job_removed(struct manager *manager, const struct job *job)
{
	char path[BUS_JOB_PATH_TEXT];

	bus_job_path(job->id, path);
	(void)sd_bus_emit_signal(manager->bus, BUS_PATH, BUS_MANAGER, "JobRemoved", "sos",
				 job->id, path, job_state_name(job->state));
}
