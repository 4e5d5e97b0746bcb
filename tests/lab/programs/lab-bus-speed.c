// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How long dmabufd takes to answer: the longest of COUNT calls of each kind, in
 * microseconds, over one connection that is there before the clock is looked at.
 */
#include "common.h"

#include <stdint.h>
#include <stdio.h>
#include <systemd/sd-bus.h>
#include <time.h>

#define SYNOPSIS "COUNT JOB-PATH"
#define BUS_NAME "org.dmabufctl1"
#define BUS_PATH "/org/dmabufctl1"
#define DBUS "org.freedesktop.DBus"

enum { LIMIT_US = 30000000 };

static uint64_t microseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static sd_bus_message *make(sd_bus *bus, const char *path, const char *interface,
			    const char *member)
{
	sd_bus_message *message;

	if (sd_bus_message_new_method_call(bus, &message, BUS_NAME, path, interface,
					   member) < 0)
		die("cannot make a call of %s", member);
	return message;
}

static sd_bus_message *make_ping(sd_bus *bus, const char *job)
{
	(void)job;
	return make(bus, BUS_PATH, DBUS ".Peer", "Ping");
}

static sd_bus_message *make_properties(sd_bus *bus, const char *job)
{
	sd_bus_message *message = make(bus, job, DBUS ".Properties", "GetAll");

	if (sd_bus_message_append(message, "s", BUS_NAME ".Job") < 0)
		die("cannot ask for the properties");
	return message;
}

static sd_bus_message *make_jobs(sd_bus *bus, const char *job)
{
	sd_bus_message *message = make(bus, BUS_PATH, BUS_NAME ".Manager", "Jobs");

	(void)job;
	if (sd_bus_message_append(message, "a{sv}", 0) < 0)
		die("cannot ask for the jobs");
	return message;
}

static uint64_t time_one(sd_bus *bus, sd_bus_message *message)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	uint64_t begun = microseconds();

	if (sd_bus_call(bus, message, LIMIT_US, &error, NULL) < 0)
		die("%s: %s", sd_bus_message_get_member(message), error.message);
	sd_bus_message_unref(message);
	return microseconds() - begun;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		sd_bus_message *(*make)(sd_bus *bus, const char *job);
	} kinds[] = {
		{ "ping", make_ping },
		{ "properties", make_properties },
		{ "jobs", make_jobs },
	};
	unsigned long long count;
	const char *name;
	sd_bus *bus;

	if (argc != 3)
		die_usage(SYNOPSIS);
	count = number_or_die(argv[1], "a number of calls");
	if (sd_bus_open_system(&bus) < 0 || sd_bus_get_unique_name(bus, &name) < 0)
		die("cannot reach the system bus");
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		uint64_t longest = 0;

		for (unsigned long long j = 0; j < count; j++) {
			uint64_t took = time_one(bus, kinds[i].make(bus, argv[2]));

			if (took > longest)
				longest = took;
		}
		printf("%s=%llu\n", kinds[i].name, (unsigned long long)longest);
	}
	sd_bus_flush_close_unref(bus);
	return 0;
}
