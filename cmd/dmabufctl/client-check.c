/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/dmabufctl/client-check.h"

#include <errno.h>

#include "cmd/dmabufctl/client-error.h"
#include "cmd/dmabufctl/client-look.h"
#include "cmd/dmabufctl/elsewhere.h"
#include "cmd/dmabufctl/options.h"
#include "lib/base/cleanup.h"
#include "lib/model/bus-names.h"
#include "lib/wire/json.h"
#include "lib/wire/readiness-parse.h"
#include "lib/wire/snapshot-parse.h"

/* What dmabufd has said of one device after the other, as of several at once. */
struct answers {
	struct json_object *object; /* {"checks":[...]} */
	struct json_object *checks; /* of it */
	struct json_object *last; /* NULL: none yet */
};

static void answers_done(struct answers *answers)
{
	(void)json_object_put(answers->object);
	(void)json_object_put(answers->last);
}

static int answers_begin(struct answers *answers)
{
	answers->object = json_object_new_object();
	answers->checks = json_object_new_array();
	return answers->object ? wire_add(answers->object, "checks", answers->checks)
			       : -ENOMEM;
}

/* Takes answer. */
static int answers_add(struct answers *answers, struct json_object *answer)
{
	(void)json_object_put(answers->last);
	answers->last = answer;
	return wire_append(answers->checks, json_object_get(answer));
}

static int failed(const struct options *options, const sd_bus_error *error, int r)
{
	if (r == -ENOMEM)
		return error_memory(options);
	return r == -EBADMSG ? elsewhere_nonsense(options)
			     : client_tell(options, error, r);
}

/* The words of dmabufd. 0 or -ENOMEM. */
static int note_words(const struct options *options, const struct target *target,
		      const sd_bus_error *bus_error, int r, struct check *check)
{
	_cleanup_(error_done) struct error error = { 0 };

	client_explain(options, bus_error, r, &error);
	return check_note_error(target, &error, check);
}

/* What is wrong with one device does not keep the others from being told of. */
static int ask_about(struct client *client, const struct target *target,
		     struct answers *answers, struct check *check)
{
	_cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
	const struct options *options = client->options;
	struct json_object *answer;
	int r;

	if (*target->address == '\0') /* it would mean all of them */
		r = check_note_missing(options, target, check);
	else if ((r = client_ask_check(client, target->address, &error, &answer)) == 0)
		r = answers_add(answers, answer);
	else if (sd_bus_error_has_name(&error, BUS_ERROR_NO_SUCH_DEVICE))
		r = check_note_missing(options, target, check);
	else if (sd_bus_error_has_name(&error, BUS_ERROR_FAILED))
		r = note_words(options, target, &error, r, check);
	return r < 0 ? failed(options, &error, r) : STATUS_DONE;
}

static int ask_about_all(struct client *client, struct answers *answers)
{
	_cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
	int r = client_ask_check(client, "", &error, &answers->last);

	return r < 0 ? failed(client->options, &error, r) : STATUS_DONE;
}

static int ask(struct client *client, const struct targets *targets,
	       struct answers *answers, struct check *check)
{
	int status = STATUS_DONE;

	if (client->options->all)
		return ask_about_all(client, answers);
	for (size_t i = 0; status == STATUS_DONE && i < targets->count; i++)
		status = ask_about(client, &targets->items[i], answers, check);
	return status;
}

/* Nothing but its sources. */
static int parse_sources(struct json_object *answer, struct snapshot **ret)
{
	_cleanup_(wire_put) struct json_object *object = json_object_new_object();
	struct json_object *sources = NULL;
	int r = wire_get_object(answer, "sources", &sources);

	if (r < 0)
		return r;
	if (!object || wire_add(object, "devices", json_object_new_array()) < 0 ||
	    (sources && wire_add(object, "sources", json_object_get(sources)) < 0))
		return -ENOMEM;
	return wire_parse_snapshot(object, ret);
}

static int parse_checks(struct json_object *answer, struct checks *ret)
{
	struct checks checks = { 0 };
	int r = wire_parse_checks(answer, &checks);

	if (r < 0)
		return r;
	for (size_t i = 0; r == 0 && i < ret->errors.count; i++)
		r = checks_add_error(&checks, &ret->errors.items[i]);
	checks_done(ret);
	*ret = checks;
	return r;
}

static int parse(const struct options *options, const struct answers *answers,
		 struct check *check)
{
	struct json_object *all = options->all ? answers->last : answers->object;
	int r = parse_checks(all, &check->checks);

	/* of nothing that was answered no source is known */
	if (r == 0)
		r = parse_sources(answers->last ? answers->last : answers->object,
				  &check->snapshot);
	if (r == -ENOMEM)
		return error_memory(options);
	return r < 0 ? elsewhere_nonsense(options) : STATUS_DONE;
}

int client_check(const struct options *options, const struct targets *targets,
		 struct check *check)
{
	_cleanup_(client_done) struct client client;
	_cleanup_(answers_done) struct answers answers = { 0 };
	int status = client_open(options, &client);

	if (status == STATUS_DONE && answers_begin(&answers) < 0)
		return error_memory(options);
	if (status == STATUS_DONE)
		status = ask(&client, targets, &answers, check);
	return status != STATUS_DONE ? status : parse(options, &answers, check);
}
