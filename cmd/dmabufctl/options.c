/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/dmabufctl/options.h"

#include <errno.h>
#include <getopt.h>
#include <string.h>
#include <unistd.h>

#include "cmd/dmabufctl/options-act.h"
#include "cmd/dmabufctl/options-sources.h"
#include "cmd/dmabufctl/suggest.h"
#include "cmd/dmabufctl/verbs.h"
#include "lib/base/cleanup.h"
#include "lib/base/time-span.h"

/* What getopt_long() returns for entry i of the table. */
#define OPTION_VALUE(i) (256 + (int)(i))

enum option_kind {
	OPTION_SWITCH, /* sets a bool */
	OPTION_TEXT, /* keeps its value */
	OPTION_PARSED, /* parse() looks at its value */
};

enum { OPTION_FORWARD = 1 << 0 }; /* another host has to know it */

struct option_spec {
	const char *name;
	char letter; /* 0: none */
	const char *argument; /* for help; NULL: takes none */
	unsigned int verbs; /* VERB_BIT() mask */
	unsigned int flags;
	enum option_kind kind;
	size_t member; /* of struct options: switch and text */
	int (*parse)(struct options *options, const char *value, struct error *error);
	const char *help;
};

static int parse_json(struct options *options, const char *value, struct error *error)
{
	static const char *const modes[] = {
		[JSON_OFF] = "off", [JSON_SHORT] = "short", [JSON_PRETTY] = "pretty"
	};

	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		if (strcmp(modes[i], value) != 0)
			continue;
		options->json = (enum json_mode)i;
		return 0;
	}
	error_set(error, STATUS_USAGE, "It is pretty, short or off.",
		  "unknown JSON mode '%s'", value);
	return -EINVAL;
}

static int parse_j(struct options *options, const char *value, struct error *error)
{
	(void)value;
	(void)error;
	options->json = isatty(STDOUT_FILENO) ? JSON_PRETTY : JSON_SHORT;
	return 0;
}

static int parse_host(struct options *options, const char *value, struct error *error)
{
	if (!*value || *value == '-') {
		error_set(error, STATUS_USAGE, NULL, "not the name of a host: '%s'",
			  value);
		return -EINVAL;
	}
	options->host = value;
	return 0;
}

static int parse_pid(struct options *options, const char *value, struct error *error)
{
	if (filter_parse_pid(value, &options->filter.pid) == 0)
		return 0;
	error_set(error, STATUS_USAGE, NULL, "not a process ID: '%s'", value);
	return -EINVAL;
}

static int parse_revocable(struct options *options, const char *value,
			   struct error *error)
{
	if (filter_parse_revocable(value, &options->filter.revocable) == 0)
		return 0;
	error_set(error, STATUS_USAGE, "It is yes, no, depends or unknown.",
		  "unknown word for --revocable: '%s'", value);
	return -EINVAL;
}

static int parse_state(struct options *options, const char *value, struct error *error)
{
	if (filter_parse_state(value, &options->filter.state) == 0)
		return 0;
	error_set(error, STATUS_USAGE,
		  "It is live, revoking, revoked, orphaned, unknown or none.",
		  "unknown word for --state: '%s'", value);
	return -EINVAL;
}

static int parse_timeout(struct options *options, const char *value, struct error *error)
{
	int r = time_span_parse(value, &options->timeout_us);

	options->timeout = value;
	if (r == 0)
		return 0;
	if (r == -ERANGE)
		error_set(error, STATUS_USAGE, "'infinity' waits without a limit.",
			  "more time than can be counted: '%s'", value);
	else
		error_set(error, STATUS_USAGE,
			  "Times are 10s, 2min 30s, 500ms, 1h, a number of seconds, "
			  "or infinity.",
			  "not a time: '%s'", value);
	return r;
}

enum {
	LOOKING = VERB_BIT(VERB_LIST) | VERB_BIT(VERB_SHOW) | VERB_BIT(VERB_DEVICES) |
		  VERB_BIT(VERB_CHECK) | VERB_BIT(VERB_STATUS),
	TABLES = VERB_BIT(VERB_LIST) | VERB_BIT(VERB_DEVICES) | VERB_BIT(VERB_JOBS),
	LIST = VERB_BIT(VERB_LIST),
	CHECK = VERB_BIT(VERB_CHECK),
	REVOKE = VERB_BIT(VERB_REVOKE),
	REASSIGN = VERB_BIT(VERB_REASSIGN),
	SCHEDULE = VERB_BIT(VERB_SCHEDULE),
	LADDERS = VERB_BIT(VERB_RELEASE) | REASSIGN | SCHEDULE,
	ACTS = VERB_BITS_ACTS,
	JOBS = VERB_BIT(VERB_JOBS),
	MONITOR = VERB_BIT(VERB_MONITOR),
	ALL = VERB_BITS_ALL,
};

#define MEMBER(name) offsetof(struct options, name)

/* In the order in which help prints them. */
static const struct option_spec specs[] = {
	{ "exporter", 0, "PATTERN", LIST, OPTION_FORWARD, OPTION_TEXT,
	  MEMBER(filter.exporter), NULL, "Only buffers of these exporters" },
	{ "device", 0, "DEVICE", LIST | MONITOR, OPTION_FORWARD, OPTION_TEXT,
	  MEMBER(filter.device), NULL, "Only buffers this device exports or imports" },
	{ "pid", 0, "PID", LIST | MONITOR, OPTION_FORWARD, OPTION_PARSED, 0, parse_pid,
	  "list: only buffers it holds; monitor: what it does" },
	{ "name", 0, "PATTERN", LIST, OPTION_FORWARD, OPTION_TEXT, MEMBER(filter.name),
	  NULL, "Only buffers with such a name" },
	{ "revocable", 0, "WORD,...", LIST, OPTION_FORWARD, OPTION_PARSED, 0,
	  parse_revocable, "Only yes, no, depends, unknown" },
	{ "state", 0, "WORD,...", LIST, OPTION_FORWARD, OPTION_PARSED, 0, parse_state,
	  "Only live, revoking, revoked, orphaned, unknown, none" },
	{ "flat", 0, NULL, LIST, 0, OPTION_SWITCH, MEMBER(flat), NULL,
	  "One line a buffer, sizes in bytes, '-' for nothing" },
	{ "legend", 0, NULL, LIST, 0, OPTION_SWITCH, MEMBER(legend), NULL,
	  "Explain the words of REVOCABLE, STATE, EVIDENCE" },
	{ "unit", 0, "UNIT", VERB_BIT(VERB_DEVICES), OPTION_FORWARD, OPTION_TEXT,
	  MEMBER(unit), NULL, "Only devices this systemd unit has open" },
	{ "all", 0, NULL, CHECK | JOBS, OPTION_FORWARD, OPTION_SWITCH, MEMBER(all), NULL,
	  "check: every device of VFIO; jobs: also ended ones" },
	{ "wait", 0, NULL, CHECK, OPTION_FORWARD, OPTION_SWITCH, MEMBER(wait), NULL,
	  "Wait until all of them are ready" },
	{ "timeout", 0, "TIME", CHECK | ACTS | SCHEDULE, OPTION_FORWARD, OPTION_PARSED, 0,
	  parse_timeout, "check: wait no longer; else of each step: 10s, 2min" },
	{ "on", 0, "WHEN", SCHEDULE, 0, OPTION_PARSED, 0, parse_on,
	  "unplug, reassign, release, exit, idle, at" },
	{ "at", 0, "TIME", SCHEDULE, 0, OPTION_TEXT, MEMBER(at), NULL,
	  "With --on=at: as OnCalendar= of systemd.time(7)" },
	{ "to", 0, "DRIVER", SCHEDULE, 0, OPTION_TEXT, MEMBER(to), NULL,
	  "Reassign it; '-' for no driver" },
	{ "once", 0, NULL, SCHEDULE, 0, OPTION_SWITCH, MEMBER(once), NULL,
	  "The first time only (the default)" },
	{ "always", 0, NULL, SCHEDULE, 0, OPTION_SWITCH, MEMBER(always), NULL,
	  "Each time anew, until it is cancelled" },
	{ "method", 0, "WORD", REVOKE, 0, OPTION_PARSED, 0, parse_method,
	  "How: auto, memory, low-power, reset, buffer" },
	{ "steps", 0, "STEP,...", LADDERS, 0, OPTION_PARSED, 0, parse_steps,
	  "Instead of grace,revoke" },
	{ "stop-owner", 0, NULL, LADDERS, 0, OPTION_SWITCH, MEMBER(stop_owner), NULL,
	  "Then stop the systemd unit of its owner" },
	{ "kill-owner", 0, NULL, LADDERS, 0, OPTION_SWITCH, MEMBER(kill_owner), NULL,
	  "Then kill it" },
	{ "group", 0, NULL, REASSIGN, 0, OPTION_SWITCH, MEMBER(group), NULL,
	  "All devices of its IOMMU group" },
	{ "freeze", 0, NULL, REVOKE, 0, OPTION_SWITCH, MEMBER(freeze), NULL,
	  "Freeze the unit of its owner meanwhile" },
	{ "all-of-device", 0, NULL, REVOKE, 0, OPTION_SWITCH, MEMBER(all_of_device), NULL,
	  "With INODE: all buffers of its device" },
	{ "force", 0, NULL, ACTS, 0, OPTION_SWITCH, MEMBER(force), NULL,
	  "Override what may be overridden; each is named" },
	{ "dry-run", 0, NULL, ACTS, 0, OPTION_SWITCH, MEMBER(dry_run), NULL,
	  "Only print the plan" },
	{ "sources", 0, "SOURCE,...", LOOKING | MONITOR, OPTION_FORWARD, OPTION_PARSED, 0,
	  parse_sources, "Only these: bpf, bufinfo, sysfs, proc, trace, poll" },
	{ "cross-check", 0, NULL, LOOKING, OPTION_FORWARD, OPTION_SWITCH,
	  MEMBER(cross_check), NULL, "Also read bufinfo, and compare" },
	{ "root", 0, "DIR", LOOKING | ACTS | JOBS, OPTION_FORWARD, OPTION_TEXT,
	  MEMBER(root), NULL, "Read a captured tree instead of this system" },
	{ "host", 'H', "[USER@]HOST", LOOKING, 0, OPTION_PARSED, 0, parse_host,
	  "Look at another host, by ssh" },
	{ "no-ask-password", 0, NULL, LOOKING | ACTS | VERB_BITS_JOBS, 0, OPTION_SWITCH,
	  MEMBER(no_ask_password), NULL, "Do not ask for passwords" },
	{ "json", 0, "MODE", ALL, 0, OPTION_PARSED, 0, parse_json,
	  "JSON: pretty, short, off" },
	{ "", 'j', NULL, ALL, 0, OPTION_PARSED, 0, parse_j,
	  "JSON: pretty on a terminal, else short" },
	{ "output", 'o', "[+]COLUMN,...", TABLES, 0, OPTION_TEXT, MEMBER(output), NULL,
	  "Which columns; with + in addition" },
	{ "list-columns", 0, NULL, TABLES, 0, OPTION_SWITCH, MEMBER(list_columns), NULL,
	  "Name the columns there are" },
	{ "no-legend", 0, NULL, ALL, 0, OPTION_SWITCH, MEMBER(no_legend), NULL,
	  "No header and no summary" },
	{ "no-pager", 0, NULL, ALL, 0, OPTION_SWITCH, MEMBER(no_pager), NULL,
	  "Never start a pager" },
	{ "quiet", 'q', NULL, ALL, 0, OPTION_SWITCH, MEMBER(quiet), NULL,
	  "No summary and no notes" },
	{ "verbose", 'v', NULL, ALL, 0, OPTION_SWITCH, MEMBER(verbose), NULL,
	  "Also say how every source fared" },
	{ "version", 0, NULL, ALL, 0, OPTION_SWITCH, MEMBER(version), NULL,
	  "Version and build features" },
	{ "help", 'h', NULL, ALL, 0, OPTION_SWITCH, MEMBER(help), NULL, "This text" },
};

enum { N_SPECS = ARRAY_SIZE(specs) };

_Static_assert(N_SPECS < 64, "which options were given is a 64-bit mask");

struct getopt_tables {
	struct option longs[N_SPECS + 1];
	char letters[2 * N_SPECS + 2];
};

static void fill_tables(struct getopt_tables *tables)
{
	size_t n_longs = 0;
	char *letter = tables->letters;

	*tables = (struct getopt_tables){ 0 };
	*letter++ = ':'; /* tell a missing argument from an unknown option */
	for (size_t i = 0; i < N_SPECS; i++) {
		if (*specs[i].name)
			tables->longs[n_longs++] = (struct option){
				.name = specs[i].name,
				.has_arg = specs[i].argument ? required_argument
							     : no_argument,
				.val = OPTION_VALUE(i),
			};
		if (!specs[i].letter)
			continue;
		*letter++ = specs[i].letter;
		if (specs[i].argument)
			*letter++ = ':';
	}
}

/* What getopt_long() returned, as an index into the table; -ENOENT for '?' and ':'. */
static int spec_index(int value)
{
	if (value >= OPTION_VALUE(0))
		return value - OPTION_VALUE(0);
	for (size_t i = 0; i < N_SPECS; i++)
		if (specs[i].letter && specs[i].letter == value)
			return (int)i;
	return -ENOENT;
}

static int forward(struct options *options, const struct option_spec *spec,
		   const char *value)
{
	char *text;
	int r;

	if (asprintf(&text, "--%s%s%s", spec->name, value ? "=" : "",
		     value ? value : "") < 0)
		return -ENOMEM;
	r = ARRAY_PUSH(&options->forwarded, text);
	if (r < 0)
		free(text);
	return r;
}

static int apply(struct options *options, const struct option_spec *spec,
		 const char *value, struct error *error)
{
	char *member = (char *)options + spec->member;
	int r = 0;

	switch (spec->kind) {
	case OPTION_SWITCH:
		*(bool *)member = true;
		break;
	case OPTION_TEXT:
		*(const char **)member = value;
		break;
	case OPTION_PARSED:
		r = spec->parse(options, value, error);
		break;
	}
	if (r == 0 && spec->flags & OPTION_FORWARD)
		r = forward(options, spec, value);
	return r;
}

static void spec_label(const struct option_spec *spec, char label[48])
{
	if (*spec->name)
		(void)snprintf(label, 48, "--%s", spec->name);
	else
		(void)snprintf(label, 48, "-%c", spec->letter);
}

static int complain_missing(int value, struct error *error)
{
	int i = spec_index(value);
	char label[48];

	if (i < 0)
		return -EINVAL;
	spec_label(&specs[i], label);
	error_set(error, STATUS_USAGE, NULL, "option %s needs %s", label,
		  specs[i].argument);
	return -EINVAL;
}

static int complain_unknown_long(const char *text, struct error *error)
{
	_cleanup_free_ char *typed = strndup(text + 2, strcspn(text + 2, "=")),
			    *hint = NULL;
	struct suggestion suggestion = { .typed = typed };

	if (!typed)
		return -ENOMEM;
	for (size_t i = 0; i < N_SPECS; i++)
		if (*specs[i].name)
			suggest_offer(&suggestion, specs[i].name);
	hint = suggest_hint(&suggestion, "--", "'dmabufctl help' lists them.");
	error_set(error, STATUS_USAGE, hint, "unknown option '--%s'", typed);
	return -EINVAL;
}

/* text is the argument that getopt_long() choked on, letter the option if short. */
static int complain_unknown(int letter, const char *text, struct error *error)
{
	int i = letter ? spec_index(letter) : -ENOENT;
	char label[48];

	if (i >= 0) {
		spec_label(&specs[i], label);
		error_set(error, STATUS_USAGE, NULL, "option %s takes no value", label);
		return -EINVAL;
	}
	if (strncmp(text, "--", 2) == 0)
		return complain_unknown_long(text, error);
	error_set(error, STATUS_USAGE, "'dmabufctl help' lists them.",
		  "unknown option '-%c'", letter);
	return -EINVAL;
}

/* Goes on behind a mistake, so that a --json at the end still counts. */
static int parse_options(int argc, char **argv, struct options *options, uint64_t *given,
			 struct error *error)
{
	struct getopt_tables tables;
	int value, i, r, result = 0;

	fill_tables(&tables);
	opterr = 0;
	while ((value = getopt_long(argc, argv, tables.letters, tables.longs, NULL)) !=
	       -1) {
		i = spec_index(value);
		if (i >= 0) {
			*given |= UINT64_C(1) << i;
			r = apply(options, &specs[i], optarg, error);
		} else if (value == ':') {
			r = complain_missing(optopt, error);
		} else {
			r = complain_unknown(optopt, argv[optind - 1], error);
		}
		if (result == 0)
			result = r;
	}
	return result;
}

static int check_given(const struct verb *verb, uint64_t given, struct error *error)
{
	char label[48];

	for (size_t i = 0; i < N_SPECS; i++) {
		if (!(given & UINT64_C(1) << i) || specs[i].verbs & VERB_BIT(verb->id))
			continue;
		spec_label(&specs[i], label);
		error_set(error, STATUS_USAGE, NULL, "'%s' takes no option %s",
			  verb->name, label);
		return -EINVAL;
	}
	return 0;
}

static int check_arguments(const struct options *options, struct error *error)
{
	const struct verb *verb = options->verb;

	if (options->n_arguments > verb->most) {
		error_set(error, STATUS_USAGE, NULL, "too many arguments for '%s': '%s'",
			  verb->name, options->arguments[verb->most]);
		return -EINVAL;
	}
	if (options->n_arguments < verb->least) {
		error_set(error, STATUS_USAGE, NULL, "'%s' needs %s", verb->name,
			  verb->arguments);
		return -EINVAL;
	}
	return 0;
}

static int check(struct options *options, uint64_t given, struct error *error)
{
	int r;

	r = check_given(options->verb, given, error);
	if (r < 0 || options->help || options->version || options->list_columns)
		return r;
	r = check_arguments(options, error);
	if (r == 0)
		r = options_check_sources(options, error);
	if (r == 0 && options->verb->check)
		r = options->verb->check(options, error);
	if (r < 0 || !options->verb->columns)
		return r;
	return columns_select(options->verb->columns, options->flat, options->output,
			      &options->columns, error);
}

int options_parse(int argc, char **argv, struct options *ret, struct error *error)
{
	uint64_t given = 0;
	int r;

	*ret = (struct options){ 0 };
	r = parse_options(argc, argv, ret, &given, error);
	if (r < 0)
		return r;
	ret->verb = verb_find(argv[optind], error);
	if (!ret->verb)
		return -EINVAL;
	ret->verb_named = argv[optind] != NULL;
	ret->arguments = argv + optind + ret->verb_named;
	ret->n_arguments = argc - optind - ret->verb_named;
	return check(ret, given, error);
}

void options_done(struct options *options)
{
	for (size_t i = 0; i < options->forwarded.count; i++)
		free(options->forwarded.items[i]);
	free(options->forwarded.items);
}

void options_print_help(FILE *stream, unsigned int mask)
{
	for (size_t i = 0; i < N_SPECS; i++) {
		const struct option_spec *spec = &specs[i];
		char letter[4] = "", name[48] = "";

		if (!(spec->verbs & mask))
			continue;
		if (spec->letter)
			(void)snprintf(letter, sizeof(letter), "-%c", spec->letter);
		if (*spec->name)
			(void)snprintf(name, sizeof(name), "--%s%s%s", spec->name,
				       spec->argument ? "=" : "",
				       spec->argument ? spec->argument : "");
		(void)fprintf(stream, "  %2s %-24s %s\n", letter, name, spec->help);
	}
}
