/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/dmabufctl/client-options.h"

#include <stdio.h>

#include "cmd/dmabufctl/options.h"
#include "cmd/dmabufctl/verbs.h"
#include "lib/base/cleanup.h"

/* "bpf,proc": the names of the bits below count. NULL: out of memory. */
static char *words_of(unsigned int mask, unsigned int count,
		      const char *(*name)(unsigned int bit))
{
	char *text = NULL;
	size_t length;
	FILE *stream = open_memstream(&text, &length);
	bool first = true;

	if (!stream)
		return NULL;
	for (unsigned int bit = 0; bit < count; bit++) {
		if (!(mask & 1u << bit))
			continue;
		(void)fprintf(stream, "%s%s", first ? "" : ",", name(bit));
		first = false;
	}
	if (fclose(stream) == 0)
		return text;
	free(text);
	return NULL;
}

static const char *source_word(unsigned int bit)
{
	return source_name((enum source)bit);
}

static const char *verdict_word(unsigned int bit)
{
	return verdict_name((enum verdict)bit);
}

static const char *state_word(unsigned int bit)
{
	return bit == BUFFER_STATE_NONE ? "none"
					: buffer_state_name((enum buffer_state)bit);
}

static int append_text(sd_bus_message *call, const char *key, const char *text)
{
	return text ? sd_bus_message_append(call, "{sv}", key, "s", text) : 0;
}

static int append_flag(sd_bus_message *call, const char *key, bool value)
{
	return value ? sd_bus_message_append(call, "{sv}", key, "b", 1) : 0;
}

static int append_words(sd_bus_message *call, const char *key, unsigned int mask,
			unsigned int count, const char *(*name)(unsigned int bit))
{
	_cleanup_free_ char *words = NULL;

	if (mask == 0)
		return 0;
	words = words_of(mask, count, name);
	return words ? append_text(call, key, words) : -ENOMEM;
}

static int append_list_filter(sd_bus_message *call, const struct filter *filter)
{
	int r = append_text(call, "exporter", filter->exporter);

	if (r >= 0)
		r = append_text(call, "name", filter->name);
	if (r >= 0)
		r = append_text(call, "device", filter->device);
	if (r >= 0 && filter->pid > 0)
		r = sd_bus_message_append(call, "{sv}", "pid", "u",
					  (uint32_t)filter->pid);
	if (r >= 0)
		r = append_words(call, "revocable", filter->revocable,
				 VERDICT_DEPENDS + 1, verdict_word);
	if (r >= 0)
		r = append_words(call, "state", filter->state, BUFFER_STATE_ORPHANED + 1,
				 state_word);
	return r;
}

int client_append_filter(sd_bus_message *call, const struct options *options)
{
	int r = sd_bus_message_open_container(call, 'a', "{sv}");

	if (r >= 0)
		r = append_words(call, "sources", options->sources, SOURCE_COUNT,
				 source_word);
	if (r >= 0)
		r = append_list_filter(call, &options->filter);
	if (r >= 0)
		r = append_text(call, "unit", options->unit);
	if (r >= 0 && options->verb->id == VERB_JOBS)
		r = append_flag(call, "all", options->all);
	if (r >= 0)
		r = sd_bus_message_close_container(call);
	return r < 0 ? r : 0;
}

static int append_steps(sd_bus_message *call, const struct wish *wish)
{
	int r = sd_bus_message_open_container(call, 'e', "sv");

	if (r >= 0)
		r = sd_bus_message_append(call, "s", "steps");
	if (r >= 0)
		r = sd_bus_message_open_container(call, 'v', "as");
	if (r >= 0)
		r = sd_bus_message_open_container(call, 'a', "s");
	for (size_t i = 0; r >= 0 && i < wish->n_steps; i++)
		r = sd_bus_message_append(call, "s", step_kind_name(wish->steps[i]));
	for (int level = 0; r >= 0 && level < 3; level++)
		r = sd_bus_message_close_container(call);
	return r;
}

static int append_wish(sd_bus_message *call, const struct wish *wish)
{
	int r = 0;

	if (wish->method != METHOD_AUTO)
		r = append_text(call, "method", revoke_method_name(wish->method));
	if (r >= 0)
		r = append_flag(call, "freeze", wish->freeze);
	if (r >= 0)
		r = append_flag(call, "force", wish->force);
	if (r >= 0 && wish->timeout_us > 0)
		r = sd_bus_message_append(call, "{sv}", "timeout_us", "t",
					  wish->timeout_us);
	if (r >= 0 && wish->n_steps > 0)
		r = append_steps(call, wish);
	if (r >= 0)
		r = append_flag(call, "stop_owner", wish->stop_owner);
	if (r >= 0)
		r = append_flag(call, "kill_owner", wish->kill_owner);
	if (r >= 0)
		r = append_flag(call, "group", wish->group);
	return r;
}

/* A job that waits says its driver as an option; Reassign has it as an argument. */
static int append_schedule(sd_bus_message *call, const struct job *job)
{
	const struct schedule *schedule = &job->schedule;
	int r = append_text(call, "to", *job->wish.driver ? job->wish.driver : NULL);

	if (r >= 0)
		r = append_text(call, "at",
				*schedule->calendar ? schedule->calendar : NULL);
	return r < 0 ? r : append_flag(call, "always", schedule->always);
}

int client_append_job(sd_bus_message *call, const struct job *job)
{
	int r = sd_bus_message_open_container(call, 'a', "{sv}");

	if (r >= 0)
		r = append_wish(call, &job->wish);
	if (r >= 0 && job->trigger != JOB_NOW)
		r = append_schedule(call, job);
	if (r >= 0)
		r = sd_bus_message_close_container(call);
	return r < 0 ? r : 0;
}
