/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Releases from their uevent to their end; jobs, bus and observer are played. */

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "cmd/dmabufd/jobs.h"
#include "cmd/dmabufd/manager-bus.h"
#include "cmd/dmabufd/observe-client.h"
#include "cmd/dmabufd/releases.h"
#include "lib/base/cleanup.h"
#include "lib/base/file.h"
#include "lib/wire/json.h"
#include "tests/unit/job-stores.h"

#define OTHER "0000:04:00.0"
#define OWNED(device, owners)                                                            \
	"{\"device\":\"" device "\",\"path\":\"unbind\",\"since\":null,"                 \
	"\"owners\":[" owners "],\"behind\":[],\"cause\":\"it has it open\"}"
#define UNPLUG(device)                                                                   \
	"{\"device\":\"" device "\",\"path\":\"unplug\",\"since\":null,\"owners\":[],"   \
	"\"behind\":[],\"cause\":\"qemu[49] has it open\"}"

/* What the modules around it do, and what they were told. */
static struct {
	char log[1024]; /* "signal DEVICE KIND", "offer DEVICE KIND LAST", ... */
	bool has_job; /* for whatever is offered */
	bool acting; /* on whatever it is */
	const struct job *waiting; /* a job there is */
	struct job added;
	int add_error;
	unsigned int questions;
	observe_done *done;
	void *context;
	struct policy policy;
} world;

static void note(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void note(const char *format, ...)
{
	size_t length = strlen(world.log);
	va_list arguments;

	if (length > 0 && length + 1 < sizeof(world.log))
		world.log[length++] = '\n';
	va_start(arguments, format);
	(void)vsnprintf(world.log + length, sizeof(world.log) - length, format,
			arguments);
	va_end(arguments);
}

void manager_bus_releasing(struct manager *manager, const char *address,
			   enum release_kind kind)
{
	(void)manager;
	note("signal %s %s", address, release_kind_name(kind));
}

bool jobs_release(struct jobs *jobs, const char *address, enum release_kind kind,
		  bool last)
{
	(void)jobs;
	note("offer %s %s%s", address, release_kind_name(kind), last ? " last" : "");
	return world.has_job;
}

bool jobs_act_on(const struct jobs *jobs, const char *address)
{
	(void)jobs;
	(void)address;
	return world.acting;
}

int jobs_add(struct jobs *jobs, struct job *job)
{
	(void)jobs;
	note("job %s", job->wish.device);
	world.added = *job;
	return world.add_error;
}

const struct job *jobs_get(const struct jobs *jobs, size_t index)
{
	(void)jobs;
	return index == 0 ? world.waiting : NULL;
}

void manager_policy(const struct manager *manager, const char *address, uint16_t vendor,
		    uint16_t product, struct policy *ret)
{
	(void)manager;
	(void)address;
	(void)vendor;
	(void)product;
	*ret = world.policy;
}

void manager_check_idle(struct manager *manager)
{
	(void)manager;
}

int observe_client_ask(struct observe_client *client, struct json_object *request,
		       observe_done *done, void *context)
{
	const char *verb = NULL;

	(void)client;
	assert_int_equal(wire_get_text(request, "verb", &verb), 0);
	if (strcmp(verb, "releases") == 0) {
		assert_null(world.done); /* one question at a time */
		world.questions++;
		world.done = done;
		world.context = context;
	}
	json_object_put(request);
	return 0;
}

void observe_client_forget(struct observe_client *client, void *context)
{
	(void)client;
	(void)context;
	world.done = NULL;
}

struct daemon {
	struct fixture *fixture;
	struct manager manager;
};

static int daemon_begin(void **state)
{
	struct daemon *daemon = calloc(1, sizeof(*daemon));

	assert_non_null(daemon);
	memset(&world, 0, sizeof(world));
	world.policy = policy_default;
	assert_int_equal(begin((void **)&daemon->fixture), 0);
	tree_file(&daemon->fixture->tree, "sys/bus/pci/devices/" DEVICE "/vendor",
		  "0x10de\n");
	tree_file(&daemon->fixture->tree, "sys/bus/pci/devices/" DEVICE "/device",
		  "0x2330\n");
	daemon->manager = (struct manager){
		.root = daemon->fixture->tree.root,
		.store = daemon->fixture->store,
		.observe = (struct observe_client *)&world,
	};
	tree_directory(&daemon->fixture->tree, "run/dmabufd");
	assert_true(sd_event_new(&daemon->manager.event) >= 0);
	assert_int_equal(releases_new(&daemon->manager, &daemon->manager.releases), 0);
	*state = daemon;
	return 0;
}

static int daemon_end(void **state)
{
	struct daemon *daemon = *state;

	releases_free(daemon->manager.releases);
	(void)sd_event_unref(daemon->manager.event);
	(void)end((void **)&daemon->fixture);
	free(daemon);
	return 0;
}

static void run_ms(struct daemon *daemon, uint64_t span_ms)
{
	uint64_t until = monotonic_ms() + span_ms, now;

	while ((now = monotonic_ms()) < until)
		assert_true(sd_event_run(daemon->manager.event, (until - now) * 1000) >=
			    0);
}

static void run_until_asked(struct daemon *daemon)
{
	for (int i = 0; i < 100 && !world.done; i++)
		assert_true(sd_event_run(daemon->manager.event, 100000) >= 0);
	assert_non_null(world.done);
}

static void answer(int error, const char *json)
{
	_cleanup_(wire_put) struct json_object *object = NULL;
	observe_done *done = world.done;

	assert_non_null(done);
	if (json)
		assert_int_equal(wire_parse_text(json, strlen(json), &object), 0);
	world.done = NULL;
	done(world.context, error, object);
}

static void is_log(const char *expected)
{
	assert_string_equal(world.log, expected);
	world.log[0] = '\0';
}

static void the_signal_comes_first_and_the_kind_when_it_is_told(void **state)
{
	struct daemon *daemon = *state;

	releases_begin(daemon->manager.releases, DEVICE);
	is_log("signal " DEVICE " unknown\noffer " DEVICE " unknown");
	run_until_asked(daemon);
	answer(0, "{\"releases\":[]}");
	run_until_asked(daemon); /* it was too early */
	answer(0, "{\"releases\":[" UNPLUG(DEVICE) "]}");
	is_log("signal " DEVICE " unplug\noffer " DEVICE " unplug last");
	assert_int_equal(releases_count(daemon->manager.releases), 1);
	releases_end(daemon->manager.releases, DEVICE, false);
	assert_int_equal(releases_count(daemon->manager.releases), 0);
	is_log("");
}

static void what_cannot_be_told_apart_is_offered_as_such(void **state)
{
	struct daemon *daemon = *state;

	releases_begin(daemon->manager.releases, DEVICE);
	is_log("signal " DEVICE " unknown\noffer " DEVICE " unknown");
	for (int i = 0; i < 4; i++) {
		run_until_asked(daemon);
		is_log("");
		answer(i == 1 ? -EBUSY : 0,
		       i == 1 ? NULL : "{\"error\":{\"message\":\"no\"}}");
	}
	is_log("offer " DEVICE " unknown last");
	assert_int_equal(world.questions, 4);
}

static void the_policy_acts_after_the_grace_time(void **state)
{
	struct daemon *daemon = *state;

	world.policy.grace_us = 200000;
	releases_begin(daemon->manager.releases, DEVICE);
	world.log[0] = '\0';
	run_ms(daemon, 100);
	is_log("");
	run_ms(daemon, 200);
	is_log("job " DEVICE);
	assert_int_equal(world.added.wish.vendor, 0x10de);
	assert_int_equal(world.added.wish.product, 0x2330);
	assert_true(world.added.wish.by_policy);
	run_ms(daemon, 300);
	is_log("");
}

static void ends(struct daemon *daemon, enum act_outcome outcome, bool by_policy)
{
	struct job job = world.added;
	struct result *result = result_new("1", DEVICE, ACT_RELEASE);

	assert_non_null(result);
	result->outcome = outcome;
	job.result = result;
	job.wish.by_policy = by_policy;
	releases_job_ended(daemon->manager.releases, &job);
	result_free(result);
}

static void an_act_that_could_do_nothing_is_begun_again(void **state)
{
	struct daemon *daemon = *state;

	world.policy.grace_us = 0;
	releases_begin(daemon->manager.releases, DEVICE);
	run_ms(daemon, 100);
	world.log[0] = '\0';
	ends(daemon, OUTCOME_REFUSED, true);
	ends(daemon, OUTCOME_TIMED_OUT, true);
	ends(daemon, OUTCOME_FAILED, false);
	run_ms(daemon, 5200);
	is_log("");
	ends(daemon, OUTCOME_FAILED, true);
	run_ms(daemon, 4500);
	is_log("");
	run_ms(daemon, 700);
	is_log("job " DEVICE);
}

/* What was begun for an earlier release of it is not for this one, but in its way. */
static void the_policy_waits_for_who_acts(void **state)
{
	struct daemon *daemon = *state;

	world.policy.grace_us = 0;
	world.acting = true;
	releases_begin(daemon->manager.releases, DEVICE);
	world.log[0] = '\0';
	run_ms(daemon, 300);
	is_log("");
	world.acting = false;
	run_ms(daemon, 500);
	is_log("job " DEVICE);
}

/* An owner that lets go in time, or nobody who holds it: no unit. */
static void an_end_in_time_leaves_no_job(void **state)
{
	struct daemon *daemon = *state;

	world.policy.grace_us = 0;
	releases_begin(daemon->manager.releases, DEVICE);
	releases_end(daemon->manager.releases, DEVICE, false);
	releases_end(daemon->manager.releases, DEVICE, true);
	is_log("signal " DEVICE " unknown\noffer " DEVICE " unknown");
	run_ms(daemon, 100);
	is_log("");
	assert_int_equal(world.questions, 0);
}

static void a_job_replaces_the_policy(void **state)
{
	struct daemon *daemon = *state;

	world.policy.grace_us = 0;
	world.has_job = true;
	releases_begin(daemon->manager.releases, DEVICE);
	run_ms(daemon, 100);
	is_log("signal " DEVICE " unknown\noffer " DEVICE " unknown");
}

static void a_job_on_unplug_is_waited_for(void **state)
{
	const struct job job = { .wish = { .device = DEVICE }, .trigger = JOB_ON_UNPLUG };
	struct daemon *daemon = *state;

	world.policy.grace_us = 0;
	world.waiting = &job;
	releases_begin(daemon->manager.releases, DEVICE);
	run_until_asked(daemon);
	run_ms(daemon, 100);
	is_log("signal " DEVICE " unknown\noffer " DEVICE " unknown");
	world.has_job = true;
	answer(0, "{\"releases\":[" UNPLUG(DEVICE) "]}");
	run_ms(daemon, 100);
	is_log("signal " DEVICE " unplug\noffer " DEVICE " unplug last");
}

static void who_is_excluded_is_left_alone(void **state)
{
	struct daemon *daemon = *state;

	world.policy.grace_us = 0;
	world.policy.react = false;
	releases_begin(daemon->manager.releases, DEVICE);
	run_ms(daemon, 100);
	is_log("signal " DEVICE " unknown\noffer " DEVICE " unknown");
}

static void what_was_under_way_is_found(void **state)
{
	struct daemon *daemon = *state;

	world.policy.grace_us = 100000;
	releases_find(daemon->manager.releases);
	run_until_asked(daemon);
	answer(0, "{\"releases\":[" UNPLUG(DEVICE) ",7,{\"device\":\"../x\"}," UNPLUG(
			  OTHER) "," UNPLUG(OTHER) "]}");
	is_log("signal " DEVICE " unknown\noffer " DEVICE " unknown\n"
	       "signal " DEVICE " unplug\noffer " DEVICE " unplug last\n"
	       "signal " OTHER " unknown\noffer " OTHER " unknown\n"
	       "signal " OTHER " unplug\noffer " OTHER " unplug last");
	assert_int_equal(releases_count(daemon->manager.releases), 2);
	/* its uevent was in the queue all the time */
	releases_begin(daemon->manager.releases, DEVICE);
	assert_int_equal(releases_count(daemon->manager.releases), 2);
	releases_end(daemon->manager.releases, OTHER, false);
	is_log("");
	run_ms(daemon, 200);
	is_log("job " DEVICE);
}

static void start_again(struct daemon *daemon)
{
	releases_free(daemon->manager.releases);
	assert_int_equal(releases_new(&daemon->manager, &daemon->manager.releases), 0);
	releases_find(daemon->manager.releases);
	run_until_asked(daemon);
	world.log[0] = '\0';
}

static bool is_kept(const struct daemon *daemon, const char *address)
{
	char path[64];
	struct stat status;

	(void)snprintf(path, sizeof(path), "run/dmabufd/%s", address);
	return fstatat(daemon->manager.root.fd, path, &status, AT_SYMLINK_NOFOLLOW) == 0;
}

/* The daemon was killed in the grace time: the owner gets no second one. */
static void the_grace_time_does_not_begin_anew(void **state)
{
	struct daemon *daemon = *state;

	world.policy.grace_us = 3000000;
	releases_begin(daemon->manager.releases, DEVICE);
	releases_begin(daemon->manager.releases, OTHER);
	run_ms(daemon, 2500);
	start_again(daemon);
	assert_true(is_kept(daemon, DEVICE) && is_kept(daemon, OTHER));
	answer(0, "{\"releases\":[" UNPLUG(DEVICE) "]}");
	assert_true(is_kept(daemon, DEVICE));
	assert_false(is_kept(daemon, OTHER)); /* it has ended meanwhile */
	run_ms(daemon, 1500);
	is_log("signal " DEVICE " unknown\noffer " DEVICE " unknown\n"
	       "signal " DEVICE " unplug\noffer " DEVICE " unplug last\n"
	       "job " DEVICE);
	releases_end(daemon->manager.releases, DEVICE, true);
	assert_false(is_kept(daemon, DEVICE));
}

/* The daemon was killed after it had acted. */
static void what_was_done_before_is_not_done_again(void **state)
{
	struct daemon *daemon = *state;
	struct job job = revoke_job();

	world.policy.grace_us = 0;
	job.trigger = JOB_ON_RELEASE;
	job.schedule.fired = true;
	assert_int_equal(job_store_create(&daemon->manager.store, &job), 0);
	job.state = JOB_FAILED;
	assert_int_equal(job_store_write(&daemon->manager.store, &job), 0);
	releases_find(daemon->manager.releases);
	run_until_asked(daemon);
	answer(0, "{\"releases\":[" UNPLUG(DEVICE) "]}");
	run_ms(daemon, 100);
	/* but another job may be for it */
	is_log("signal " DEVICE " unknown\nsignal " DEVICE " unplug\n"
	       "offer " DEVICE " unplug last");
	/* it is about that device alone */
	releases_begin(daemon->manager.releases, OTHER);
	run_ms(daemon, 100);
	is_log("signal " OTHER " unknown\noffer " OTHER " unknown\njob " OTHER);
}

/* Somebody was born, and has opened it, since that job was made. */
static void an_earlier_release_was_another_one(void **state)
{
	struct daemon *daemon = *state;
	struct job job = revoke_job();
	char text[512];
	pid_t pid;

	world.policy.grace_us = 0;
	job.trigger = JOB_ON_RELEASE;
	job.schedule.fired = true;
	assert_int_equal(job_store_create(&daemon->manager.store, &job), 0);
	job.state = JOB_FAILED;
	assert_int_equal(job_store_write(&daemon->manager.store, &job), 0);
	run_ms(daemon, 50); /* the clock of processes ticks slowly */
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		(void)pause();
		_exit(0);
	}
	/* a parent and its child: the elder counts */
	(void)snprintf(text, sizeof(text),
		       "{\"releases\":[" OWNED(DEVICE, "{\"pid\":%d},{\"pid\":%d}") "]}",
		       (int)getpid(), (int)pid);
	releases_find(daemon->manager.releases);
	run_until_asked(daemon);
	answer(0, text);
	run_ms(daemon, 100);
	is_log("signal " DEVICE " unknown\nsignal " DEVICE " reassign\n"
	       "offer " DEVICE " reassign last");
	releases_end(daemon->manager.releases, DEVICE, false);
	(void)snprintf(text, sizeof(text),
		       "{\"releases\":[" OWNED(DEVICE, "{\"pid\":%d}") "]}", (int)pid);
	releases_find(daemon->manager.releases);
	run_until_asked(daemon);
	answer(0, text);
	run_ms(daemon, 100);
	is_log("signal " DEVICE " unknown\noffer " DEVICE " unknown\n"
	       "signal " DEVICE " reassign\noffer " DEVICE " reassign last\n"
	       "job " DEVICE);
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
}

/* The answer is of before its end: the next one would be taken for it. */
static void an_answer_brings_nothing_back(void **state)
{
	struct daemon *daemon = *state;

	world.policy.grace_us = 0;
	world.has_job = true;
	releases_begin(daemon->manager.releases, DEVICE);
	run_until_asked(daemon);
	releases_end(daemon->manager.releases, DEVICE, false);
	answer(0, "{\"releases\":[" UNPLUG(DEVICE) "]}");
	assert_int_equal(releases_count(daemon->manager.releases), 0);
	world.log[0] = '\0';
	/* and the kind of the one before is not that of the next */
	releases_begin(daemon->manager.releases, DEVICE);
	run_until_asked(daemon);
	releases_end(daemon->manager.releases, DEVICE, false);
	world.has_job = false;
	releases_begin(daemon->manager.releases, DEVICE);
	answer(0, "{\"releases\":[" UNPLUG(DEVICE) "]}");
	run_ms(daemon, 100);
	is_log("signal " DEVICE " unknown\noffer " DEVICE " unknown\n"
	       "signal " DEVICE " unknown\noffer " DEVICE " unknown\n"
	       "job " DEVICE);
}

static void a_find_that_failed_is_tried_again_later(void **state)
{
	struct daemon *daemon = *state;

	assert_true(releases_are_known(daemon->manager.releases));
	releases_find(daemon->manager.releases);
	assert_false(releases_are_known(daemon->manager.releases));
	run_until_asked(daemon);
	answer(-ECONNREFUSED, NULL);
	assert_false(releases_are_known(daemon->manager.releases));
	run_ms(daemon, 200);
	assert_int_equal(world.questions, 1); /* in 10 s */
	releases_begin(daemon->manager.releases, DEVICE);
	run_until_asked(daemon);
	releases_find(daemon->manager.releases); /* events were lost meanwhile */
	answer(0, "{\"releases\":[" UNPLUG(DEVICE) "]}");
	run_until_asked(daemon); /* that answer was too old */
	answer(0, "{\"releases\":[" UNPLUG(DEVICE) "]}");
	run_ms(daemon, 200);
	assert_int_equal(world.questions, 3);
	assert_true(releases_are_known(daemon->manager.releases));
	assert_int_equal(releases_count(daemon->manager.releases), 1);
}

int main(void)
{
#define TEST(test) cmocka_unit_test_setup_teardown(test, daemon_begin, daemon_end)
	const struct CMUnitTest tests[] = {
		TEST(the_signal_comes_first_and_the_kind_when_it_is_told),
		TEST(what_cannot_be_told_apart_is_offered_as_such),
		TEST(the_policy_acts_after_the_grace_time),
		TEST(an_act_that_could_do_nothing_is_begun_again),
		TEST(the_policy_waits_for_who_acts),
		TEST(an_end_in_time_leaves_no_job),
		TEST(a_job_replaces_the_policy),
		TEST(a_job_on_unplug_is_waited_for),
		TEST(who_is_excluded_is_left_alone),
		TEST(what_was_under_way_is_found),
		TEST(the_grace_time_does_not_begin_anew),
		TEST(what_was_done_before_is_not_done_again),
		TEST(an_earlier_release_was_another_one),
		TEST(an_answer_brings_nothing_back),
		TEST(a_find_that_failed_is_tried_again_later),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
