/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <string.h>

#include "cmd/dmabufctl/acquire.h"
#include "cmd/dmabufctl/elsewhere.h"
#include "cmd/dmabufctl/error.h"
#include "cmd/dmabufctl/field.h"
#include "cmd/dmabufctl/options.h"
#include "cmd/dmabufctl/output.h"
#include "cmd/dmabufctl/verbs.h"
#include "lib/base/build.h"
#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/model/feature.h"
#include "lib/prepare/report-host.h"
#include "lib/wire/json.h"
#include "lib/wire/report-json.h"
#include "lib/wire/report-parse.h"

static int print_json(const struct options *options, const struct report *report)
{
	_cleanup_(wire_put) struct json_object *object = wire_report(report);

	return object ? output_json(options, object) : error_memory(options);
}

static const char *word(enum tristate value, const char *yes, const char *no)
{
	switch (value) {
	case TRISTATE_YES:
		return yes;
	case TRISTATE_NO:
		return no;
	case TRISTATE_UNKNOWN:
		break;
	}
	return "unknown";
}

static void print_sources(FILE *stream, const struct report *report)
{
	for (enum source source = 0; source < SOURCE_COUNT; source++) {
		const struct source_status *status = &report->sources[source];
		_cleanup_free_ char *why =
			text_for_terminal(status->why ? status->why : "");

		(void)fprintf(stream, "  %-20s %s%s%s\n", source_name(source),
			      source_outcome_name(status->outcome),
			      status->why ? ": " : "", why ? why : "?");
	}
}

static void print_features(FILE *stream, uint32_t features)
{
	for (const struct report_feature *f = report_features; f->key; f++) {
		const char *value = features & f->bit ? "yes" : "no";

		if (!(features & FEATURE_PROBED))
			value = "unknown";
		(void)fprintf(stream, "  %-20s %-8s %s\n", f->key, value, f->help);
	}
}

static void print_bugs(FILE *stream, const struct report *report)
{
	(void)fputs("\nKnown bugs of this kernel:\n", stream);
	if (!report->bugs_known)
		(void)fputs("  unknown: it could not be probed\n", stream);
	else if (report->n_bugs == 0)
		(void)fputs("  none\n", stream);
	for (size_t i = 0; i < report->n_bugs; i++) {
		_cleanup_free_ char *bug = text_for_terminal(report->bugs[i]);

		(void)fprintf(stream, "  - %s\n", bug ? bug : "?");
	}
}

static int print_text(const struct options *options, const struct report *report)
{
	struct output output;
	FILE *stream;

	if (output_open(options, &output) < 0)
		return error_memory(options);
	stream = output.stream;
	field_text(stream, "Version", report->version);
	field_text(stream, "Kernel", report->kernel);
	field_text(stream, "Build",
		   word(report->build_has_bpf, "with bpf", "without bpf"));
	field_text(stream, "PID namespace",
		   word(report->initial_pid_namespace, "initial", "not the initial one"));
	field_text(
		stream, "User namespace",
		word(report->initial_user_namespace, "initial", "not the initial one"));
	(void)fputs("\nSources:\n", stream);
	print_sources(stream, report);
	(void)fputs("\nKernel features:\n", stream);
	print_features(stream, report->features);
	print_bugs(stream, report);
	return output_close(options, &output);
}

static int print(const struct options *options, const struct report *report)
{
	return options->json != JSON_OFF ? print_json(options, report)
					 : print_text(options, report);
}

static int run_here(const struct options *options)
{
	_cleanup_(cleanup_snapshot) struct snapshot *snapshot = NULL;
	_cleanup_free_ char *kernel = NULL;
	struct report report = {
		.version = DMABUFCTL_VERSION,
		.build_has_bpf = BUILD_HAS_BPF ? TRISTATE_YES : TRISTATE_NO,
	};
	int status = acquire_snapshot(options, OBSERVE_DEVICES_REFERENCED, &snapshot), r;

	if (status != STATUS_DONE)
		return status;
	r = report_host(options->root, snapshot, &report, &kernel);
	if (r < 0)
		return error_report(
			options, STATUS_FAILED, NULL, "failed to look at %s: %s",
			options->root ? options->root : "this system", strerror(-r));
	return print(options, &report);
}

static int run_there(const struct options *options)
{
	_cleanup_(wire_put) struct json_object *answer = NULL;
	struct report report = { 0 };
	int status = elsewhere_ask(options, &answer);

	if (status != STATUS_DONE)
		return status;
	if (wire_parse_report(answer, &report) < 0)
		return elsewhere_nonsense(options);
	return print(options, &report);
}

int status_run(const struct options *options)
{
	return is_elsewhere(options) ? run_there(options) : run_here(options);
}
