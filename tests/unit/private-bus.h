/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_TESTS_UNIT_PRIVATE_BUS_H
#define DMABUFCTL_TESTS_UNIT_PRIVATE_BUS_H

/*
 * A bus of our own, which sd_bus_open_system() finds, and an event loop in which everybody
 * lives who is on it: nothing waits. Included after cmocka.h.
 */

#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <sys/wait.h>

#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

#include "lib/base/file.h"
#include "tests/unit/records.h"

enum { NOBODY = 65534, SOON_US = 20000000 };

struct private_bus {
	struct tree tree;
	pid_t daemon;
	sd_event *event;
};

static inline void private_bus_configure(const struct private_bus *bus)
{
	char text[1024];

	(void)snprintf(text, sizeof(text),
		       "<busconfig><listen>unix:path=%s/bus</listen>"
		       "<auth>EXTERNAL</auth><policy context=\"default\">"
		       "<allow user=\"*\"/><allow own=\"*\"/>"
		       "<allow send_destination=\"*\" eavesdrop=\"true\"/>"
		       "<allow eavesdrop=\"true\"/>"
		       "</policy></busconfig>",
		       bus->tree.path);
	tree_file(&bus->tree, "bus.conf", text);
}

/* Until it listens: it closes its standard output behind the address. */
static inline void private_bus_spawn(struct private_bus *bus)
{
	_cleanup_free_ char *address = NULL;
	posix_spawn_file_actions_t actions;
	char option[PATH_MAX];
	char *argv[] = { "dbus-daemon",	      option, "--nofork", "--nopidfile",
			 "--print-address=3", NULL };
	int fds[2];
	char byte = '\0';

	(void)snprintf(option, sizeof(option), "--config-file=%s/bus.conf",
		       bus->tree.path);
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(posix_spawn_file_actions_init(&actions), 0);
	assert_int_equal(posix_spawn_file_actions_addclose(&actions, fds[0]), 0);
	assert_int_equal(posix_spawn_file_actions_adddup2(&actions, fds[1], 3), 0);
	/* it complains of limits that it may not raise */
	assert_int_equal(posix_spawn_file_actions_addopen(&actions, STDERR_FILENO,
							  "/dev/null", O_WRONLY, 0),
			 0);
	assert_int_equal(
		posix_spawnp(&bus->daemon, argv[0], &actions, NULL, argv, environ), 0);
	(void)posix_spawn_file_actions_destroy(&actions);
	(void)close(fds[1]);
	while (byte != '\n')
		assert_int_equal(read(fds[0], &byte, 1), 1);
	(void)close(fds[0]);
	assert_true(asprintf(&address, "unix:path=%s/bus", bus->tree.path) > 0);
	assert_int_equal(setenv("DBUS_SYSTEM_BUS_ADDRESS", address, 1), 0);
}

static inline void private_bus_begin(struct private_bus *bus)
{
	tree_begin(&bus->tree);
	assert_int_equal(chmod(bus->tree.path, 0755), 0);
	private_bus_configure(bus);
	private_bus_spawn(bus);
	assert_true(sd_event_new(&bus->event) >= 0);
}

static inline void private_bus_end(struct private_bus *bus)
{
	bus->event = sd_event_unref(bus->event);
	assert_int_equal(kill(bus->daemon, SIGTERM), 0);
	assert_int_equal(waitpid(bus->daemon, NULL, 0), bus->daemon);
	tree_end(&bus->tree);
}

/* A connection of a user: of uid, as far as we may be somebody else. */
static inline sd_bus *private_bus_connect(const struct private_bus *bus, uid_t uid)
{
	sd_bus *connection = NULL;

	if (geteuid() == 0)
		assert_int_equal(seteuid(uid), 0);
	assert_true(sd_bus_open_system(&connection) >= 0);
	if (getuid() == 0)
		assert_int_equal(seteuid(0), 0);
	assert_true(sd_bus_attach_event(connection, bus->event, 0) >= 0);
	return connection;
}

/* Lets everybody go on until *done, or fails. */
static inline void private_bus_run_until(const struct private_bus *bus, const bool *done)
{
	uint64_t end = monotonic_us() + SOON_US;

	while (!*done) {
		assert_true(monotonic_us() < end);
		assert_true(sd_event_run(bus->event, 100000) >= 0);
	}
}

static inline int private_bus_on_reply(sd_bus_message *reply, void *context,
				       sd_bus_error *error)
{
	sd_bus_message **ret = context;

	(void)error;
	*ret = sd_bus_message_ref(reply);
	return 0;
}

/* Until everybody has said what they had to: a round trip of this connection. */
static inline sd_bus_message *private_bus_wait(const struct private_bus *bus,
					       sd_bus_message **reply)
{
	uint64_t end = monotonic_us() + SOON_US;

	while (!*reply) {
		assert_true(monotonic_us() < end);
		assert_true(sd_event_run(bus->event, 100000) >= 0);
	}
	return *reply;
}

#endif
