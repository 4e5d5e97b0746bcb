/* SPDX-License-Identifier: GPL-2.0-or-later */
/* org.dmabufctl1: the objects of jobs, signals, and that it is as it is documented. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lib/jobs/request-store.h"
#include "tests/unit/fake-daemon.h"

#define SECRET "qemu-of-somebody"

/* A job that has ended, with things that are not for everybody. */
static struct job *make_job(struct daemon *daemon, const char *id)
{
	struct job *job = &daemon->jobs.items[daemon->jobs.count++];
	const struct stuck stuck = { .step = STEP_REVOKE, .pid = 4711, .reason = SECRET };

	*job = (struct job){ .wish = { .verb = ACT_RELEASE, .device = DEVICE },
			     .state = JOB_DONE,
			     .progress = { .known = true,
					   .step = STEP_REVOKE,
					   .since_us = 1,
					   .awaited = SECRET } };
	strcpy(job->id, id);
	job->result = result_new(id, DEVICE, ACT_RELEASE);
	assert_non_null(job->result);
	assert_int_equal(result_step(job->result, STEP_REVOKE, STEP_TIMED_OUT, 1, SECRET),
			 0);
	assert_int_equal(result_stuck(job->result, &stuck), 0);
	assert_int_equal(result_note(job->result, SECRET), 0);
	assert_int_equal(result_end(job->result, OUTCOME_TIMED_OUT, SECRET, SECRET), 0);
	return job;
}

static sd_bus_message *get(const struct daemon *daemon, sd_bus *client, const char *path,
			   const char *property)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *call = NULL;

	assert_true(sd_bus_message_new_method_call(client, &call, BUS_NAME, path,
						   "org.freedesktop.DBus.Properties",
						   "Get") >= 0);
	assert_true(sd_bus_message_append(call, "ss", BUS_JOB, property) >= 0);
	return daemon_call(daemon, call, false);
}

static void assert_property(const struct daemon *daemon, sd_bus *client,
			    const char *property, const char *expected)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply =
		get(daemon, client, JOB_PATH, property);
	const char *text;

	assert_true(sd_bus_message_read(reply, "v", "s", &text) > 0);
	assert_string_equal(text, expected);
}

static void a_job_has_properties(void **state)
{
	struct daemon *daemon = *state;
	sd_bus *client = private_bus_connect(&daemon->bus, NOBODY);
	sd_bus_message *reply;

	make_job(daemon, JOB_ID);
	assert_property(daemon, client, "Id", JOB_ID);
	assert_property(daemon, client, "Device", DEVICE);
	assert_property(daemon, client, "Verb", "release");
	assert_property(daemon, client, "On", "now");
	assert_property(daemon, client, "State", "done");
	assert_property(daemon, client, "Step", "revoke");
	daemon->jobs.items[0].progress.known = false;
	assert_property(daemon, client, "Step", "");
	assert_property(daemon, client, "Progress", "");
	reply = get(daemon, client, "/org/dmabufctl1/job/other", "State");
	assert_error(reply, SD_BUS_ERROR_UNKNOWN_OBJECT);
	sd_bus_message_unref(reply);
	sd_bus_flush_close_unref(client);
}

/* Does the text of a property of the job tell what is not for everybody? */
static bool tells_secret(const struct daemon *daemon, sd_bus *client, const char *path,
			 const char *property, const char *must_have)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply =
		get(daemon, client, path, property);
	const char *text;

	assert_false(sd_bus_message_is_method_error(reply, NULL));
	assert_true(sd_bus_message_read(reply, "v", "s", &text) > 0);
	assert_non_null(strstr(text, must_have));
	return strstr(text, SECRET) || strstr(text, "4711");
}

static void only_who_asked_for_a_job_sees_all_of_its_result(void **state)
{
	struct daemon *daemon = *state;
	sd_bus *creator = private_bus_connect(&daemon->bus, NOBODY);
	sd_bus *other = private_bus_connect(&daemon->bus, NOBODY);
	const char *name;

	make_job(daemon, JOB_ID);
	assert_true(sd_bus_get_unique_name(creator, &name) >= 0);
	bus_job_remember_creator(daemon->manager.bus_objects, name, JOB_ID);
	assert_true(tells_secret(daemon, creator, JOB_PATH, "Result",
				 "\"result\":\"timed-out\""));
	assert_true(tells_secret(daemon, creator, JOB_PATH, "Progress",
				 "\"step\":\"revoke\""));
	assert_false(tells_secret(daemon, other, JOB_PATH, "Result",
				  "\"result\":\"timed-out\""));
	sd_bus_flush_close_unref(other);
	sd_bus_flush_close_unref(creator);
}

struct heard {
	char text[512];
	bool done;
};

static int on_signal(sd_bus_message *signal, void *context, sd_bus_error *error)
{
	struct heard *heard = context;
	size_t length = strlen(heard->text);

	(void)error;
	(void)snprintf(heard->text + length, sizeof(heard->text) - length, "%s%s",
		       length ? " " : "", sd_bus_message_get_member(signal));
	heard->done = strcmp(sd_bus_message_get_member(signal), "BufferRevoked") == 0;
	return 0;
}

/* The changed properties of a job: with the value only what anybody may know. */
static int on_changed(sd_bus_message *signal, void *context, sd_bus_error *error)
{
	struct heard *heard = context;
	const char *interface, *key, *value;

	(void)error;
	assert_true(sd_bus_message_read(signal, "s", &interface) > 0);
	assert_true(sd_bus_message_enter_container(signal, 'a', "{sv}") > 0);
	while (sd_bus_message_read(signal, "{sv}", &key, "s", &value) > 0) {
		size_t length = strlen(heard->text);

		(void)snprintf(heard->text + length, sizeof(heard->text) - length,
			       "%s=%s ", key, value);
	}
	assert_true(sd_bus_message_exit_container(signal) >= 0);
	assert_true(sd_bus_message_enter_container(signal, 'a', "s") > 0);
	while (sd_bus_message_read(signal, "s", &key) > 0) {
		size_t length = strlen(heard->text);

		(void)snprintf(heard->text + length, sizeof(heard->text) - length, "%s ",
			       key);
	}
	heard->done = true;
	return 0;
}

static void what_happens_is_told(void **state)
{
	struct daemon *daemon = *state;
	sd_bus *client = private_bus_connect(&daemon->bus, NOBODY);
	struct heard signals = { 0 }, changes = { 0 };
	const struct job *job = make_job(daemon, JOB_ID);

	assert_true(sd_bus_match_signal(client, NULL, NULL, BUS_PATH, BUS_MANAGER, NULL,
					on_signal, &signals) >= 0);
	assert_true(sd_bus_match_signal(client, NULL, NULL, JOB_PATH,
					"org.freedesktop.DBus.Properties",
					"PropertiesChanged", on_changed, &changes) >= 0);
	manager_bus_releasing(&daemon->manager, DEVICE, RELEASE_UNPLUG);
	manager_bus_job_new(&daemon->manager, job);
	manager_bus_job_changed(&daemon->manager, job);
	manager_bus_job_removed(&daemon->manager, job);
	manager_bus_revoked(&daemon->manager, DEVICE, 7);
	private_bus_run_until(&daemon->bus, &signals.done);
	private_bus_run_until(&daemon->bus, &changes.done);
	assert_string_equal(signals.text,
			    "DeviceReleasing JobNew JobRemoved BufferRevoked");
	assert_string_equal(changes.text, "State=done Step=revoke Progress Result ");
	sd_bus_flush_close_unref(client);
}

static char *introspect(const struct daemon *daemon, sd_bus *client, const char *path)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *call = NULL, *reply = NULL;
	const char *text;

	assert_true(sd_bus_message_new_method_call(client, &call, BUS_NAME, path,
						   "org.freedesktop.DBus.Introspectable",
						   "Introspect") >= 0);
	reply = daemon_call(daemon, call, false);
	assert_true(sd_bus_message_read(reply, "s", &text) > 0);
	return strdup(text);
}

static void jobs_are_found_by_looking_around(void **state)
{
	struct daemon *daemon = *state;
	sd_bus *client = private_bus_connect(&daemon->bus, NOBODY);
	_cleanup_free_ char *text = NULL;

	make_job(daemon, JOB_ID);
	make_job(daemon, "20261121b2");
	text = introspect(daemon, client, BUS_JOB_PATH);
	assert_non_null(text);
	assert_non_null(strstr(text, "<node name=\"20261121a1_7\"/>"));
	assert_non_null(strstr(text, "<node name=\"20261121b2\"/>"));
	sd_bus_flush_close_unref(client);
}

/* The interface of an object is, to the letter, the one in the file that is installed. */
static void assert_documented(const struct daemon *daemon, sd_bus *client,
			      const char *file, const char *path, const char *interface)
{
	_cleanup_free_ char *text = introspect(daemon, client, path);
	char begin[128], *first, *last;

	assert_non_null(text);
	(void)snprintf(begin, sizeof(begin), " <interface name=\"%s\">", interface);
	first = strstr(text, begin);
	assert_non_null(first);
	last = strstr(first, "</interface>");
	assert_non_null(last);
	last[strlen("</interface>\n")] = '\0';
	if (!strstr(file, first))
		print_error("%s", first);
	assert_non_null(strstr(file, first));
}

static void it_is_as_documented(void **state)
{
	struct daemon *daemon = *state;
	sd_bus *client = private_bus_connect(&daemon->bus, NOBODY);
	_cleanup_fclose_ FILE *stream = fopen(INTERFACES, "re");
	_cleanup_free_ char *file = NULL;

	assert_non_null(stream);
	assert_int_equal(file_read_fd(fileno(stream), 1 << 20, &file, NULL), 0);
	make_job(daemon, JOB_ID);
	assert_documented(daemon, client, file, BUS_PATH, BUS_MANAGER);
	assert_documented(daemon, client, file, JOB_PATH, BUS_JOB);
	sd_bus_flush_close_unref(client);
}

/* {"jobs":[...]} with one option that is true, or none. */
static sd_bus_message *list_jobs(const struct daemon *daemon, sd_bus *client,
				 const char *option)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *call =
		daemon_new_call(client, "Jobs");

	if (option)
		assert_true(sd_bus_message_append(call, "a{sv}", 1, option, "b", 1) >= 0);
	else
		assert_true(sd_bus_message_append(call, "a{sv}", 0) >= 0);
	return daemon_call(daemon, call, true);
}

static void assert_jobs(const struct daemon *daemon, sd_bus *client, const char *option,
			bool has_one, bool has_secret)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply =
		list_jobs(daemon, client, option);
	const char *text;

	assert_true(sd_bus_message_read(reply, "s", &text) > 0);
	assert_non_null(strstr(text, "{\"jobs\":["));
	assert_int_equal(strstr(text, "\"job\":\"" JOB_ID "\"") != NULL, has_one);
	assert_int_equal(strstr(text, SECRET) != NULL, has_secret);
}

static void store_begin(struct daemon *daemon, const struct job *job)
{
	static const char *const directories[] = {
		"var/lib/dmabufctl/jobs",     "var/lib/dmabufctl/ended",
		"var/lib/dmabufctl/requests", "run/dmabufctl/undo",
		"run/dmabufctl/revoked",
	};
	struct job copy = *job;

	for (size_t i = 0; i < ARRAY_SIZE(directories); i++)
		tree_directory(&daemon->bus.tree, directories[i]);
	assert_int_equal(job_store_open(daemon->bus.tree.root.fd, &daemon->manager.store),
			 0);
	copy.state = JOB_ARMED;
	copy.result = NULL;
	assert_int_equal(job_store_create(&daemon->manager.store, &copy), 0);
	assert_int_equal(job_store_write(&daemon->manager.store, job), 0);
}

static void jobs_are_listed_for_those_who_may_read(void **state)
{
	struct daemon *daemon = *state;
	sd_bus *client = private_bus_connect(&daemon->bus, NOBODY);
	struct job *job = make_job(daemon, JOB_ID);
	sd_bus_message *reply = list_jobs(daemon, client, NULL);

	assert_error(reply, BUS_ERROR_NOT_PERMITTED);
	sd_bus_message_unref(reply);
	daemon->yes = "read";
	assert_jobs(daemon, client, NULL, false, false);
	job->state = JOB_STARTED;
	assert_jobs(daemon, client, NULL, true, false);
	daemon->yes = NULL;
	daemon->challenge = "read";
	assert_jobs(daemon, client, NULL, true, true);
	daemon->jobs.count = 0;
	job->state = JOB_DONE;
	store_begin(daemon, job);
	assert_jobs(daemon, client, NULL, false, false);
	assert_jobs(daemon, client, "all", true, true);
	reply = list_jobs(daemon, client, "force");
	assert_error(reply, SD_BUS_ERROR_INVALID_ARGS);
	sd_bus_message_unref(reply);
	job_store_close(&daemon->manager.store);
	daemon->jobs.count = 1;
	sd_bus_flush_close_unref(client);
}

int main(void)
{
#define TEST(test) cmocka_unit_test_setup_teardown(test, daemon_begin, daemon_end)
	const struct CMUnitTest tests[] = {
		TEST(a_job_has_properties),
		TEST(only_who_asked_for_a_job_sees_all_of_its_result),
		TEST(what_happens_is_told),
		TEST(jobs_are_found_by_looking_around),
		TEST(it_is_as_documented),
		TEST(jobs_are_listed_for_those_who_may_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
