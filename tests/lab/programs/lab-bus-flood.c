// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Calls dmabufd from many connections at once, by good calls and bad ones, and tells how
 * they were answered: a line "COUNT NAME" for each error, and for "returned".
 */
#include "common.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

#define SYNOPSIS "CONNECTIONS CALLS BYTES"
#define BUS_NAME "org.dmabufctl1"
#define BUS_PATH "/org/dmabufctl1"
#define BUS_MANAGER BUS_NAME ".Manager"

enum {
	LIMIT_US = 120000000,
	CONNECTIONS_MAX = 240, /* a bus daemon lets a user have 256 */
	BYTES_MAX = 16 * 1024 * 1024,
	NAMES_MAX = 32,
};

struct tally {
	sd_event *event;
	unsigned long long open; /* calls that are not answered yet */
	size_t n_names;
	struct {
		char name[256];
		unsigned int count;
	} names[NAMES_MAX];
};

static void count(struct tally *tally, const char *name)
{
	size_t i = 0;

	while (i < tally->n_names && strcmp(tally->names[i].name, name) != 0)
		i++;
	if (i == NAMES_MAX)
		die("more kinds of errors than there can be");
	if (i == tally->n_names)
		(void)snprintf(tally->names[tally->n_names++].name,
			       sizeof(tally->names[i].name), "%s", name);
	tally->names[i].count++;
}

static int on_answer(sd_bus_message *reply, void *context, sd_bus_error *error)
{
	const sd_bus_error *refusal = sd_bus_message_get_error(reply);
	struct tally *tally = context;

	(void)error;
	count(tally, refusal ? refusal->name : "returned");
	tally->open--;
	return tally->open == 0 ? sd_event_exit(tally->event, 0) : 0;
}

/* What the Nth call asks for; wrong: arguments that the method does not have. */
static const struct {
	const char *member;
	const char *types;
	bool wrong;
} kinds[] = {
	{ "List", "a{sv}", false },  { "Revoke", "sa{sv}", false },
	{ "Jobs", "a{sv}", false },  { "Check", "sa{sv}", false },
	{ "Cancel", "o", false },    { "Reload", "", false },
	{ "Reassign", "s", true },   { "NoSuchMethod", "s", true },
	{ "Schedule", "ssb", true },
};

/* text: where a text is asked for */
static int append(sd_bus_message *call, size_t kind, const char *text)
{
	const char *types = kinds[kind].types;

	if (strcmp(types, "a{sv}") == 0)
		return sd_bus_message_append(call, types, 0);
	if (strcmp(types, "sa{sv}") == 0)
		return sd_bus_message_append(call, types, text, 1, "steps", "s", text);
	if (strcmp(types, "o") == 0)
		return sd_bus_message_append(call, types, BUS_PATH "/job/nobody");
	if (strcmp(types, "ssb") == 0)
		return sd_bus_message_append(call, types, text, text, 1);
	if (strcmp(types, "s") == 0)
		return sd_bus_message_append(call, types, text);
	return 0;
}

static void call(sd_bus *bus, struct tally *tally, unsigned long long number,
		 const char *text)
{
	size_t kind = number % ARRAY_SIZE(kinds);
	sd_bus_message *message;

	if (sd_bus_message_new_method_call(bus, &message, BUS_NAME, BUS_PATH, BUS_MANAGER,
					   kinds[kind].member) < 0 ||
	    append(message, kind, text) < 0 ||
	    sd_bus_call_async(bus, NULL, message, on_answer, tally, LIMIT_US) < 0)
		die("cannot call %s", kinds[kind].member);
	sd_bus_message_unref(message);
	tally->open++;
}

/* One after the other: a bus daemon has few places for those that are not there yet. */
static sd_bus *open_bus(struct tally *tally)
{
	const char *name;
	sd_bus *bus;

	if (sd_bus_open_system(&bus) < 0 || sd_bus_get_unique_name(bus, &name) < 0 ||
	    sd_bus_attach_event(bus, tally->event, SD_EVENT_PRIORITY_NORMAL) < 0)
		die("cannot reach the system bus");
	return bus;
}

static char *text_of(unsigned long long bytes)
{
	char *text = allocate(bytes + 1);

	memset(text, 'A', bytes);
	text[bytes] = '\0';
	return text;
}

int main(int argc, char **argv)
{
	unsigned long long connections, calls;
	struct tally tally = { 0 };
	sd_bus *buses[CONNECTIONS_MAX];
	char *text;

	if (argc != 4)
		die_usage(SYNOPSIS);
	connections = number_or_die(argv[1], "a number of connections");
	calls = number_or_die(argv[2], "a number of calls");
	if (connections == 0 || connections > CONNECTIONS_MAX || calls == 0)
		die_usage(SYNOPSIS);
	if (number_or_die(argv[3], "a number of bytes") > BYTES_MAX)
		die_usage(SYNOPSIS);
	text = text_of(number_or_die(argv[3], "a number of bytes"));
	if (sd_event_new(&tally.event) < 0)
		die("no event loop");
	for (size_t i = 0; i < connections; i++)
		buses[i] = open_bus(&tally);
	for (unsigned long long i = 0; i < calls; i++)
		call(buses[i % connections], &tally, i, text);
	if (sd_event_loop(tally.event) < 0)
		die("the event loop failed");
	for (size_t i = 0; i < tally.n_names; i++)
		printf("%u %s\n", tally.names[i].count, tally.names[i].name);
	return 0;
}
