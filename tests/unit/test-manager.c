/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The daemon as a whole: its start, its signals, its configuration, and its end. */

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cmd/dmabufd/jobs.h"
#include "cmd/dmabufd/manager-bus.h"
#include "cmd/dmabufd/observe-client.h"
#include "cmd/dmabufd/releases.h"
#include "lib/observe/watch.h"
#include "tests/unit/job-stores.h"

#define MAIN "etc/dmabufctl/dmabufctl.conf"
#define VFIO "sys/class/vfio-dev/vfio0"

/* What the modules around it do, and what they were told. */
static struct {
	char log[256];
	const struct watch_events *events;
	void *context;
	size_t releases, jobs;
	bool unknown, busy; /* what releases there are; calls */
	int bus_error;
} world;

static void note(const char *what, const char *address)
{
	size_t length = strlen(world.log);

	(void)snprintf(world.log + length, sizeof(world.log) - length, "%s%s%s;", what,
		       address ? " " : "", address ? address : "");
}

int watch_new(sd_event *event, const struct watch_events *events, void *context,
	      struct watch **ret)
{
	(void)event;
	world.events = events;
	world.context = context;
	*ret = NULL;
	note("watch", NULL);
	return 0;
}

void watch_free(struct watch *watch)
{
	(void)watch;
	note("no watch", NULL);
}

int observe_client_new(sd_event *event, const char *socket_path,
		       struct observe_client **ret)
{
	(void)event;
	assert_non_null(strstr(socket_path, "/run/dmabufctl/observe"));
	*ret = NULL;
	return 0;
}

void observe_client_free(struct observe_client *client)
{
	(void)client;
}

int releases_new(struct manager *manager, struct releases **ret)
{
	(void)manager;
	*ret = NULL;
	return 0;
}

void releases_free(struct releases *releases)
{
	(void)releases;
}

void releases_begin(struct releases *releases, const char *address)
{
	(void)releases;
	note("begin", address);
}

void releases_end(struct releases *releases, const char *address, bool unplugged)
{
	(void)releases;
	note(unplugged ? "unplugged" : "unbound", address);
}

void releases_find(struct releases *releases)
{
	(void)releases;
	note("find", NULL);
}

size_t releases_count(const struct releases *releases)
{
	(void)releases;
	return world.releases;
}

bool releases_are_known(const struct releases *releases)
{
	(void)releases;
	return !world.unknown;
}

int jobs_new(struct manager *manager, struct jobs **ret)
{
	(void)manager;
	*ret = NULL;
	return 0;
}

void jobs_free(struct jobs *jobs)
{
	(void)jobs;
}

int jobs_load(struct jobs *jobs)
{
	(void)jobs;
	note("jobs", NULL);
	return 0;
}

size_t jobs_count(const struct jobs *jobs)
{
	(void)jobs;
	return world.jobs;
}

int manager_bus_open(struct manager *manager)
{
	(void)manager;
	note("bus", NULL);
	return world.bus_error;
}

void manager_bus_close(struct manager *manager)
{
	(void)manager;
	note("no bus", NULL);
}

bool manager_bus_is_busy(const struct manager *manager)
{
	(void)manager;
	return world.busy;
}

int manager_bus_drop_name(struct manager *manager)
{
	(void)manager;
	note("drop name", NULL);
	return 0;
}

int manager_bus_take_name(struct manager *manager)
{
	(void)manager;
	note("take name", NULL);
	return 0;
}

struct host {
	struct fixture *fixture;
	sd_event *event;
	struct manager *manager;
};

static int host_begin(void **state)
{
	struct host *host = calloc(1, sizeof(*host));

	assert_non_null(host);
	memset(&world, 0, sizeof(world));
	assert_int_equal(begin((void **)&host->fixture), 0);
	tree_file(&host->fixture->tree, MAIN, "[Default]\nGrace=7s\n");
	assert_true(sd_event_new(&host->event) >= 0);
	*state = host;
	return 0;
}

static int host_end(void **state)
{
	struct host *host = *state;

	manager_free(host->manager);
	(void)sd_event_unref(host->event);
	(void)end((void **)&host->fixture);
	free(host);
	return 0;
}

static void start(struct host *host)
{
	const char *what;

	assert_int_equal(
		manager_new(host->event, host->fixture->tree.path, &host->manager, &what),
		0);
}

static uint64_t grace_s(const struct host *host)
{
	struct policy policy;

	manager_policy(host->manager, DEVICE, 0, 0, &policy);
	return policy.grace_us / 1000000;
}

static bool is_leaving(const struct host *host)
{
	int enabled = SD_EVENT_OFF;

	assert_true(sd_event_source_get_enabled(host->manager->idle, &enabled) >= 0);
	return enabled != SD_EVENT_OFF;
}

static void it_watches_before_it_looks(void **state)
{
	struct host *host = *state;

	start(host);
	assert_string_equal(world.log, "watch;bus;jobs;find;");
	assert_int_equal(grace_s(host), 7);
}

static void events_go_where_they_belong(void **state)
{
	struct host *host = *state;

	start(host);
	world.log[0] = '\0';
	world.events->vfio_removed(world.context, DEVICE);
	world.events->unbound(world.context, DEVICE);
	world.events->removed(world.context, DEVICE);
	world.events->lost(world.context);
	assert_string_equal(world.log, "begin " DEVICE ";unbound " DEVICE
				       ";unplugged " DEVICE ";find;");
}

static void what_fails_at_the_start_is_named(void **state)
{
	struct host *host = *state;
	const char *what = NULL;

	world.bus_error = -ECONNREFUSED;
	assert_int_equal(
		manager_new(host->event, host->fixture->tree.path, &host->manager, &what),
		-ECONNREFUSED);
	assert_string_equal(what, "the system bus could not be reached");
	assert_null(host->manager);
	assert_string_equal(world.log, "watch;bus;no watch;no bus;");
}

/* It may have been told to leave a device alone, and does not know. */
static void without_its_configuration_it_only_watches(void **state)
{
	struct host *host = *state;
	struct policy policy;
	char path[PATH_MAX];

	tree_path(&host->fixture->tree, MAIN, path);
	assert_int_equal(unlink(path), 0);
	tree_directory(&host->fixture->tree, MAIN);
	start(host);
	manager_policy(host->manager, DEVICE, 0, 0, &policy);
	assert_false(policy.react);
	assert_int_equal(rmdir(path), 0);
	tree_file(&host->fixture->tree, MAIN, "[Default]\nGrace=9s\n");
	assert_int_equal(manager_reload(host->manager), 0);
	manager_policy(host->manager, DEVICE, 0, 0, &policy);
	assert_true(policy.react);
	assert_int_equal(grace_s(host), 9);
}

static void sighup_reads_the_configuration_again(void **state)
{
	struct host *host = *state;
	char path[PATH_MAX];

	start(host);
	tree_file(&host->fixture->tree, MAIN, "[Default]\nGrace=9s\n");
	assert_int_equal(kill(getpid(), SIGHUP), 0);
	assert_true(sd_event_run(host->event, 1000000) > 0);
	assert_int_equal(grace_s(host), 9);
	/* what cannot be read changes nothing */
	tree_path(&host->fixture->tree, MAIN, path);
	assert_int_equal(unlink(path), 0);
	tree_directory(&host->fixture->tree, MAIN);
	assert_true(manager_reload(host->manager) < 0);
	assert_int_equal(grace_s(host), 9);
}

static void sigterm_ends_it(void **state)
{
	struct host *host = *state;

	start(host);
	assert_int_equal(kill(getpid(), SIGTERM), 0);
	assert_int_equal(manager_run(host->manager), 0);
}

static void it_stays_while_there_is_something_to_wait_for(void **state)
{
	struct host *host = *state;
	char path[PATH_MAX];

	tree_directory(&host->fixture->tree, VFIO);
	start(host);
	assert_false(is_leaving(host));
	tree_path(&host->fixture->tree, VFIO, path);
	assert_int_equal(rmdir(path), 0);
	world.releases = 1;
	world.events->vfio_changed(world.context);
	assert_false(is_leaving(host));
	world.releases = 0;
	world.jobs = 1;
	manager_check_idle(host->manager);
	assert_false(is_leaving(host));
	world.jobs = 0;
	world.unknown = true; /* the observer has not answered yet */
	manager_check_idle(host->manager);
	assert_false(is_leaving(host));
	world.unknown = false;
	world.busy = true;
	manager_check_idle(host->manager);
	assert_false(is_leaving(host));
	world.busy = false;
	manager_check_idle(host->manager);
	assert_true(is_leaving(host));
	world.jobs = 1;
	manager_check_idle(host->manager);
	assert_false(is_leaving(host));
}

/* The 30 s are over; what came in between keeps it. */
static void it_leaves_when_there_is_nothing(void **state)
{
	struct host *host = *state;

	start(host);
	assert_true(is_leaving(host));
	world.jobs = 1;
	assert_true(sd_event_source_set_time(host->manager->idle, 0) >= 0);
	assert_true(sd_event_run(host->event, 1000000) > 0);
	world.jobs = 0;
	world.log[0] = '\0';
	manager_check_idle(host->manager);
	assert_true(sd_event_source_set_time(host->manager->idle, 0) >= 0);
	assert_true(sd_event_run(host->event, 1000000) > 0);
	assert_string_equal(world.log, "drop name;");
	manager_name_dropped(host->manager);
	assert_int_equal(manager_run(host->manager), 0);
}

/* Between the name and the answer of the bus. */
static void what_comes_at_the_last_moment_keeps_it(void **state)
{
	struct host *host = *state;

	start(host);
	world.log[0] = '\0';
	tree_directory(&host->fixture->tree, VFIO);
	manager_name_dropped(host->manager);
	assert_string_equal(world.log, "take name;");
	assert_int_equal(sd_event_get_state(host->event), SD_EVENT_INITIAL);
}

int main(void)
{
#define TEST(test) cmocka_unit_test_setup_teardown(test, host_begin, host_end)
	const struct CMUnitTest tests[] = {
		TEST(it_watches_before_it_looks),
		TEST(events_go_where_they_belong),
		TEST(what_fails_at_the_start_is_named),
		TEST(without_its_configuration_it_only_watches),
		TEST(sighup_reads_the_configuration_again),
		TEST(sigterm_ends_it),
		TEST(it_stays_while_there_is_something_to_wait_for),
		TEST(it_leaves_when_there_is_nothing),
		TEST(what_comes_at_the_last_moment_keeps_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
