/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/dmabufctl/client-check.h"

#include <errno.h>

#include "cmd/dmabufctl/client-error.h"
#include "cmd/dmabufctl/client-look.h"
#include "cmd/dmabufctl/elsewhere.h"
#include "cmd/dmabufctl/options.h"
#include "lib/act/driver.h"
#include "lib/base/cleanup.h"
#include "lib/model/bus-names.h"
#include "lib/model/snapshot-builder.h"
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

static int add_sources(struct snapshot_builder *builder, struct json_object *answer)
{
	struct source_status sources[SOURCE_COUNT];
	struct json_object *object = NULL;
	int r = wire_get_object(answer, "sources", &object);

	if (r == 0)
		r = wire_parse_sources(object, sources);
	for (enum source source = 0; r == 0 && source < SOURCE_COUNT; source++)
		r = builder_source(builder, source, sources[source].outcome,
				   sources[source].why);
	return r;
}

/* Who they are, for their names: sysfs tells that everybody. */
static int add_devices(struct snapshot_builder *builder, const struct checks *checks)
{
	struct root root;
	int r = root_open(NULL, &root);

	if (r < 0)
		return r;
	for (size_t i = 0; r == 0 && i < checks->count; i++) {
		struct device device = { .address = checks->items[i]->device };

		(void)device_ids(&root, device.address, &device.vendor, &device.product);
		r = builder_device(builder, &device);
	}
	root_close(&root);
	return r;
}

static int make_snapshot(struct json_object *answer, const struct checks *checks,
			 struct snapshot **ret)
{
	struct snapshot_builder *builder = snapshot_builder_new();
	int r = builder ? add_sources(builder, answer) : -ENOMEM;

	if (r == 0)
		r = add_devices(builder, checks);
	if (r == 0)
		return builder_finish(builder, ret);
	snapshot_builder_free(builder);
	return r;
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
		r = make_snapshot(answers->last ? answers->last : answers->object,
				  &check->checks, &check->snapshot);
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
