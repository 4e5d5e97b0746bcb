/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/dmabufctl/act-run.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/dmabufctl/acquire.h"
#include "cmd/dmabufctl/act-answer.h"
#include "cmd/dmabufctl/act-host.h"
#include "cmd/dmabufctl/act-job.h"
#include "cmd/dmabufctl/act-outcome.h"
#include "cmd/dmabufctl/client-act.h"
#include "cmd/dmabufctl/client-look.h"
#include "cmd/dmabufctl/elsewhere.h"
#include "cmd/dmabufctl/error.h"
#include "cmd/dmabufctl/jobs-open.h"
#include "cmd/dmabufctl/options.h"
#include "cmd/dmabufctl/output.h"
#include "cmd/dmabufctl/targets.h"
#include "lib/act/driver.h"
#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/wire/act-json.h"
#include "lib/wire/json.h"
#include "lib/wire/snapshot-parse.h"

static void complain(void *context, const char *place, const char *message)
{
	_cleanup_free_ char *safe_place = text_for_terminal(place);
	_cleanup_free_ char *safe = text_for_terminal(message);

	(void)context;
	(void)fprintf(stderr, "dmabufctl: %s: %s\n", safe_place ? safe_place : "?",
		      safe ? safe : "?");
}

void act_fill_wish(const struct options *options, enum act_verb verb, const char *driver,
		   struct wish *wish)
{
	*wish = (struct wish){
		.verb = verb,
		.method = options->method,
		.n_steps = options->n_steps,
		.timeout_us = options->timeout_us,
		.group = options->group,
		.force = options->force,
		.freeze = options->freeze,
		.stop_owner = options->stop_owner,
		.kill_owner = options->kill_owner,
	};
	memcpy(wish->steps, options->steps, sizeof(wish->steps));
	(void)snprintf(wish->driver, sizeof(wish->driver), "%s", driver ? driver : "");
}

/* Without a job store nothing can be done, and a plan is only without its records. */
static int check_sources(const struct options *options, int store_error, int config_error)
{
	if (config_error < 0) /* it may forbid what we are about to do */
		return error_report(options, STATUS_FAILED, NULL,
				    "failed to read dmabufctl.conf: %s",
				    strerror(-config_error));
	if (options->dry_run || store_error == 0)
		return STATUS_DONE;
	return jobs_cannot_open(options, store_error);
}

int act_begin(const struct options *options, enum act_verb verb, const char *driver,
	      struct act *act)
{
	int store_error, config_error, status, r;

	*act = (struct act){
		.options = options,
		.sources = PLAN_SOURCES_NONE,
		.several = options->n_arguments > 1,
	};
	act_fill_wish(options, verb, driver, &act->wish);
	if (options->daemon)
		return client_open(options, &act->client);
	r = plan_sources_open(options->root, options->json == JSON_OFF ? complain : NULL,
			      NULL, &act->sources, &store_error, &config_error);
	if (r < 0)
		return error_report(options, STATUS_FAILED, NULL, "failed to open %s: %s",
				    options->root ? options->root : "/", strerror(-r));
	act_host_cgroup(&act->sources.root, act->wish.caller_cgroup);
	status = options->dry_run ? STATUS_DONE
				  : act_host_check(options, &act->sources.root);
	return status != STATUS_DONE ? status
				     : check_sources(options, store_error, config_error);
}

void act_done(struct act *act)
{
	for (size_t i = 0; i < act->answers.count; i++)
		(void)json_object_put(act->answers.items[i]);
	free(act->answers.items);
	snapshot_free(act->snapshot);
	client_done(&act->client);
	plan_sources_done(&act->sources);
}

static int look_by_daemon(struct act *act)
{
	_cleanup_(wire_put) struct json_object *answer = NULL;
	int status = client_ask_all(&act->client, &answer), r;

	if (status != STATUS_DONE)
		return status;
	r = wire_parse_snapshot(answer, &act->snapshot);
	if (r == -ENOMEM)
		return error_memory(act->options);
	return r < 0 ? elsewhere_nonsense(act->options) : STATUS_DONE;
}

int act_look(struct act *act)
{
	snapshot_free(act->snapshot);
	act->snapshot = NULL;
	if (act->options->daemon)
		return look_by_daemon(act);
	return acquire_circumstances(act->options, &act->snapshot);
}

/* Takes object. */
static int keep(struct act *act, struct json_object *object)
{
	if (object && ARRAY_PUSH(&act->answers, object) == 0)
		return STATUS_DONE;
	(void)json_object_put(object);
	return error_memory(act->options);
}

static void raise_status(struct act *act, int status)
{
	if (status > act->status)
		act->status = status;
}

int act_answer(struct act *act, const struct result *result)
{
	raise_status(act, act_outcome_status(result->outcome));
	if (act->options->json != JSON_OFF)
		return keep(act, wire_result(result));
	return act_answer_result(act->options, &act->wish, result);
}

static int answer_plan(struct act *act, const struct plan *plan)
{
	raise_status(act, act_plan_status(plan));
	if (act->options->json != JSON_OFF)
		return keep(act, act_plan_json(plan));
	return act_answer_plan(act->options, plan, act->snapshot);
}

/* What will not be done is answered as if it had been tried. */
static int refuse(struct act *act, const struct plan *plan)
{
	struct result *result;
	int status;

	if (act_result_of_plan(plan, &result) < 0)
		return error_memory(act->options);
	status = act_answer(act, result);
	result_free(result);
	return status;
}

static int do_it(struct act *act)
{
	struct result *result;
	int status = act->options->daemon
			     ? client_act(&act->client, &act->wish, &result)
			     : act_as_job(act->options, &act->sources.store,
					  act->sources.bus, &act->wish, &result);

	if (status != STATUS_DONE)
		return status;
	status = act_answer(act, result);
	result_free(result);
	return status;
}

int act_on(struct act *act, const struct device *device)
{
	_cleanup_(cleanup_plan) struct plan *plan = NULL;
	struct wish *wish = &act->wish;

	(void)snprintf(wish->device, sizeof(wish->device), "%s", device->address);
	wish->vendor = device->vendor;
	wish->product = device->product;
	if (act->options->daemon)
		return do_it(act);
	if (plan_device(&act->sources, act->snapshot, device, wish, NULL, &plan) < 0)
		return error_memory(act->options);
	if (act->options->dry_run)
		return answer_plan(act, plan);
	if (plan_is_refused(plan) || plan->nothing_to_do)
		return refuse(act, plan);
	return do_it(act);
}

static int print_answers(struct act *act)
{
	_cleanup_(wire_put) struct json_object *object = NULL;
	struct json_object *array;

	if (!act->several)
		return output_json(act->options, act->answers.items[0]);
	object = json_object_new_object();
	array = json_object_new_array();
	if (!object || wire_add(object, "results", array) < 0)
		return error_memory(act->options);
	for (size_t i = 0; i < act->answers.count; i++)
		if (wire_append(array, json_object_get(act->answers.items[i])) < 0)
			return error_memory(act->options);
	return output_json(act->options, object);
}

int act_end(struct act *act)
{
	int status = act->answers.count > 0 ? print_answers(act) : STATUS_DONE;

	return status != STATUS_DONE ? status : act->status;
}

static int not_pci(const struct act *act, const struct target *target)
{
	return error_report(act->options, STATUS_UNSUPPORTED,
			    "A mediated device is taken from its owner by the owner, or "
			    "by 'mdevctl stop'; 'dmabufctl check' says who that is.",
			    "'%s' is not a PCI device: '%s' works on those alone",
			    target->argument, act_verb_name(act->wish.verb));
}

/* All of them are right, or nothing is done to any. */
static int check_targets(const struct act *act, const struct targets *targets)
{
	for (size_t i = 0; i < targets->count; i++) {
		const struct target *target = &targets->items[i];
		const struct device *device =
			snapshot_device(act->snapshot, target->address);

		if (!device)
			return target_complain(act->options, target);
		if (!device_is_pci(device))
			return not_pci(act, target);
	}
	return STATUS_DONE;
}

/* Each act changes what the next one finds. */
static int act_on_next(struct act *act, const struct target *target, bool first)
{
	const struct device *device;
	int status = first || act->options->dry_run ? STATUS_DONE : act_look(act);

	if (status != STATUS_DONE)
		return status;
	device = snapshot_device(act->snapshot, target->address);
	return device ? act_on(act, device) : target_complain(act->options, target);
}

static bool is_there(const char *address)
{
	uint16_t vendor, product;
	struct root root;
	bool there;

	if (root_open(NULL, &root) < 0)
		return true; /* dmabufd will see */
	there = device_ids(&root, address, &vendor, &product) == 0;
	root_close(&root);
	return there;
}

/* dmabufd looks when it acts; but a mistake in one of several keeps all from being done. */
static int check_targets_by_daemon(const struct act *act, const struct targets *targets)
{
	for (size_t i = 0; i < targets->count; i++) {
		const struct target *target = &targets->items[i];

		if (target->verbatim)
			return target_complain(act->options, target);
		if (!pci_address_is_kernel_name(target->address))
			return not_pci(act, target);
		if (targets->count > 1 && !is_there(target->address))
			return target_complain(act->options, target);
	}
	return STATUS_DONE;
}

static int run_by_daemon(struct act *act, const struct targets *targets)
{
	int status = check_targets_by_daemon(act, targets);

	for (size_t i = 0; status == STATUS_DONE && i < targets->count; i++) {
		(void)snprintf(act->wish.device, sizeof(act->wish.device), "%s",
			       targets->items[i].address);
		status = do_it(act);
	}
	return status;
}

static int run_here(struct act *act, const struct targets *targets)
{
	int status = act_look(act);

	if (status == STATUS_DONE)
		status = check_targets(act, targets);
	for (size_t i = 0; status == STATUS_DONE && i < targets->count; i++)
		status = act_on_next(act, &targets->items[i], i == 0);
	return status;
}

int act_run(const struct options *options, enum act_verb verb, const char *driver)
{
	_cleanup_(targets_done) struct targets targets = { 0 };
	_cleanup_(act_done) struct act act;
	int status = act_begin(options, verb, driver, &act);

	if (status == STATUS_DONE)
		status = targets_parse(options, &targets);
	if (status == STATUS_DONE)
		status = options->daemon ? run_by_daemon(&act, &targets)
					 : run_here(&act, &targets);
	return status != STATUS_DONE ? status : act_end(&act);
}
