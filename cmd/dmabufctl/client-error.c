/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/dmabufctl/client-error.h"

#include <errno.h>
#include <string.h>

#include "cmd/dmabufctl/options.h"
#include "cmd/dmabufctl/verbs.h"
#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/model/bus-names.h"

#define AS_ROOT "Run it as root, for example by sudo."
#define LOOK_AFTER_IT "'systemctl status dmabufd' says more."

/* The polkit actions that a verb needs, for those who write rules. */
static const char *actions_of(const struct options *options)
{
	uint64_t inode;

	switch (options->verb->id) {
	case VERB_REVOKE:
		if (text_to_u64(options->arguments[0], 10, &inode) == 0)
			return "org.dmabufctl1.read and org.dmabufctl1.revoke";
		return "org.dmabufctl1.revoke";
	case VERB_RESTORE:
		return "org.dmabufctl1.revoke";
	case VERB_RELEASE:
	case VERB_REASSIGN:
		return "org.dmabufctl1.reassign";
	case VERB_SCHEDULE:
		return "org.dmabufctl1.schedule and org.dmabufctl1.reassign";
	case VERB_CANCEL:
		return "org.dmabufctl1.schedule";
	default:
		return "org.dmabufctl1.read";
	}
}

static const char *deed_of(const struct verb *verb)
{
	if (verb->id == VERB_JOBS)
		return "read jobs";
	return VERB_BIT(verb->id) & (VERB_BITS_ACTS | VERB_BITS_JOBS) ? "act on devices"
								      : "read dma-bufs";
}

static const struct {
	const char *name;
	enum exit_status status;
	const char *hint;
} errors[] = {
	{ SD_BUS_ERROR_INVALID_ARGS, STATUS_USAGE, NULL },
	{ SD_BUS_ERROR_LIMITS_EXCEEDED, STATUS_FAILED, NULL },
	{ BUS_ERROR_NO_SUCH_DEVICE, STATUS_NOT_FOUND,
	  "'dmabufctl devices' names those that share memory or are bound to VFIO." },
	{ BUS_ERROR_NO_SUCH_JOB, STATUS_NOT_FOUND,
	  "'dmabufctl jobs --all' names those that are on record." },
	{ BUS_ERROR_BLOCKED, STATUS_TIMED_OUT, LOOK_AFTER_IT },
	{ BUS_ERROR_NOT_SUPPORTED, STATUS_UNSUPPORTED, NULL },
	{ BUS_ERROR_TOO_LARGE, STATUS_FAILED, NULL },
	{ BUS_ERROR_FAILED, STATUS_FAILED, NULL },
};

static bool is_refusal(const sd_bus_error *error)
{
	return sd_bus_error_has_name(error, BUS_ERROR_NOT_PERMITTED) ||
	       sd_bus_error_has_name(error, SD_BUS_ERROR_ACCESS_DENIED) ||
	       sd_bus_error_has_name(error,
				     SD_BUS_ERROR_INTERACTIVE_AUTHORIZATION_REQUIRED);
}

/* systemd answers for a service that it may not start. */
static bool is_missing(const sd_bus_error *error)
{
	return sd_bus_error_has_name(error, SD_BUS_ERROR_SERVICE_UNKNOWN) ||
	       sd_bus_error_has_name(error, SD_BUS_ERROR_NAME_HAS_NO_OWNER) ||
	       sd_bus_error_has_name(error, "org.freedesktop.systemd1.UnitMasked") ||
	       sd_bus_error_has_name(error, "org.freedesktop.systemd1.NoSuchUnit");
}

static bool is_late(const sd_bus_error *bus_error, int error)
{
	return error == -ETIMEDOUT || error == -ETIME ||
	       sd_bus_error_has_name(bus_error, SD_BUS_ERROR_NO_REPLY) ||
	       sd_bus_error_has_name(bus_error, SD_BUS_ERROR_TIMEOUT);
}

static const char *words_of(const sd_bus_error *bus_error, int error)
{
	return bus_error->message ? bus_error->message : strerror(-error);
}

static void refuse(const struct options *options, const char *words, struct error *ret)
{
	_cleanup_free_ char *hint = NULL;

	if (asprintf(&hint, "Run it as root, or have polkit allow %s: org.dmabufctl1(5).",
		     actions_of(options)) < 0)
		hint = NULL;
	error_set(ret, STATUS_NOT_PERMITTED, hint,
		  "only root, and whom polkit lets, can %s on this host: %s",
		  deed_of(options->verb), words);
}

static void only_root(const struct options *options, const char *words, struct error *ret)
{
	error_set(ret, STATUS_NOT_PERMITTED, AS_ROOT,
		  "only root can %s on this host: there is no dmabufd to ask: %s",
		  deed_of(options->verb), words);
}

/* What dmabufd says, or else that it says nothing. */
static void pass_on(const sd_bus_error *bus_error, int error, struct error *ret)
{
	const char *words = words_of(bus_error, error);

	for (size_t i = 0; i < ARRAY_SIZE(errors); i++)
		if (sd_bus_error_has_name(bus_error, errors[i].name))
			error_set(ret, errors[i].status, errors[i].hint, "%s", words);
	if (is_late(bus_error, error))
		error_set(ret, STATUS_TIMED_OUT, LOOK_AFTER_IT,
			  "dmabufd has not answered in time");
	/* the first of them stays */
	error_set(ret, STATUS_FAILED, LOOK_AFTER_IT, "failed to ask dmabufd: %s", words);
}

void client_explain(const struct options *options, const sd_bus_error *bus_error,
		    int error, struct error *ret)
{
	const char *words = words_of(bus_error, error);

	if (is_refusal(bus_error))
		refuse(options, words, ret);
	else if (is_missing(bus_error))
		only_root(options, words, ret);
	else
		pass_on(bus_error, error, ret);
}

int client_tell(const struct options *options, const sd_bus_error *bus_error, int error)
{
	_cleanup_(error_done) struct error told = { 0 };

	client_explain(options, bus_error, error, &told);
	return error_tell(options, &told);
}

int client_no_bus(const struct options *options, int error)
{
	return error_report(options, STATUS_NOT_PERMITTED, AS_ROOT,
			    "only root can %s on this host: the system bus, where "
			    "dmabufd would be, cannot be reached: %s",
			    deed_of(options->verb), strerror(-error));
}

int client_check_options(const struct options *options)
{
	if (options->dry_run)
		return error_report(options, STATUS_NOT_PERMITTED,
				    "'dmabufctl check' shows the plan that would take a "
				    "device back.",
				    "only root can use --dry-run");
	if (options->cross_check)
		return error_report(options, STATUS_NOT_PERMITTED, AS_ROOT,
				    "only root can use --cross-check");
	return STATUS_DONE;
}
