/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whose processes a user is told of, and that nothing of the others is left anywhere. */
#include "tests/unit/readiness.h"

#include "lib/base/cleanup.h"
#include "lib/model/chosen.h"
#include "lib/model/snapshot-hide.h"
#include "lib/wire/json.h"
#include "lib/wire/readiness-json.h"
#include "lib/wire/snapshot-json.h"

enum { ALICE = 1000, BOB = 1001, TASK = 812345, WRITER = 812346, NODE_USER = 812347 };

static void add_process(struct scene *scene, pid_t pid, int64_t uid)
{
	scene_process(scene, pid, "secretcomm", "secretunit.service");
	assert_int_equal(builder_process_uid(scene->builder, pid, uid), 0);
}

/* One process in each place that there is. */
static struct scene crowded(int64_t uid)
{
	const struct blocked_task task = {
		.tid = TASK,
		.state = 'D',
		.path = TASK_PATH_UNBIND,
		.waits_for_owner = true,
		.function = "vfio_unregister_group_dev",
	};
	const struct device leaving = { .address = FAR, .lock_holder = TASK };
	const struct host_use use = {
		.device = DEVICE,
		.kind = HOST_USE_NODE,
		.name = "dri/card0",
	};
	const struct buffer plain = { .inode = 9, .exporter = "udmabuf", .region = -1 };
	struct scene scene = scene_begin(SEEN_ALL);
	struct snapshot_builder *builder = scene.builder;

	scene_vfio(&scene, DEVICE, GROUP);
	scene_vfio(&scene, OTHER, GROUP);
	scene_host_driven(&scene, FAR, OTHER_GROUP, "amdgpu", 0x030000);
	for (pid_t pid = 812340; pid <= NODE_USER; pid++)
		add_process(&scene, pid, uid);
	assert_int_equal(builder_owner(builder, DEVICE, 812340, 5), 0);
	assert_int_equal(builder_owner(builder, DEVICE, 812340, -1), 0);
	assert_int_equal(builder_owner(builder, OTHER, 812341, 5), 0);
	scene_buffer(&scene, DEVICE, BUFFER_STATE_LIVE);
	assert_int_equal(builder_buffer(builder, &plain), 0);
	assert_int_equal(builder_holder(builder, INODE, 812342, HOLDER_FD, 7), 0);
	assert_int_equal(builder_holder(builder, 9, 812342, HOLDER_FD, 7), 0);
	assert_int_equal(builder_holder(builder, 9, 812343, HOLDER_FD, 7), 0);
	scene_attachment(&scene, "amdgpu", VERDICT_YES, DRAIN_HARDWARE, TRISTATE_NO);
	assert_int_equal(builder_user(builder, FAR, 812344), 0);
	assert_int_equal(builder_task(builder, &task, TASK), 0);
	assert_int_equal(builder_circumstances(builder, &leaving), 0);
	assert_int_equal(builder_writer(builder, INODE, WRITER), 0);
	assert_int_equal(builder_use(builder, &use, NODE_USER), 0);
	assert_int_equal(builder_source(builder, SOURCE_BUFINFO, SOURCE_BLOCKED,
					"no answer; process 812349 (secretcomm)"),
			 0);
	assert_int_equal(builder_source_anonymous(builder, SOURCE_BUFINFO, "no answer"),
			 0);
	scene_build(&scene);
	return scene;
}

static void append(struct json_object *object, FILE *stream)
{
	_cleanup_free_ char *text = object ? wire_print(object, false) : NULL;

	assert_non_null(text);
	(void)fputs(text, stream);
	(void)json_object_put(object);
}

/* Everything that is ever printed of it, malloc'ed. */
static char *all_texts(struct scene *scene)
{
	_cleanup_(chosen_buffers_done) struct chosen_buffers buffers = { 0 };
	_cleanup_(chosen_devices_done) struct chosen_devices devices = { 0 };
	const struct filter filter = { 0 };
	struct snapshot *snapshot = scene->snapshot;
	char *text = NULL;
	size_t length;
	FILE *stream = open_memstream(&text, &length);

	assert_non_null(stream);
	judge_snapshot(snapshot);
	assert_int_equal(chosen_buffers(snapshot, &filter, &buffers), 0);
	assert_int_equal(chosen_devices(snapshot, NULL, true, &devices), 0);
	append(wire_list(snapshot, buffers.items, buffers.count), stream);
	append(wire_devices(snapshot, devices.items, devices.count), stream);
	for (size_t i = 0; i < devices.count; i++) {
		scene_check(scene, devices.items[i]->address);
		append(wire_check(scene->answer, NULL, snapshot->sources), stream);
	}
	assert_int_equal(fclose(stream), 0);
	return text;
}

static void nothing_of_others_is_left(void **state)
{
	static const char *const secrets[] = { "8123", "secretcomm", "secretunit" };
	static const int64_t uids[] = { BOB, PROCESS_UID_UNKNOWN, PROCESS_UID_NONE, 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(uids); i++) {
		_cleanup_(scene_end) struct scene scene = crowded(uids[i]);
		_cleanup_free_ char *text = NULL;

		snapshot_hide_others(scene.snapshot, ALICE);
		text = all_texts(&scene);
		for (size_t j = 0; j < ARRAY_SIZE(secrets); j++)
			assert_null(strstr(text, secrets[j]));
		assert_non_null(strstr(text, "a process of another user has it open"));
		assert_non_null(strstr(text, "; another user can end it"));
	}
}

/* Otherwise the test above would prove nothing. */
static void ones_own_are_named_everywhere(void **state)
{
	(void)state;
	for (pid_t pid = 812340; pid <= NODE_USER; pid++) {
		_cleanup_(scene_end) struct scene scene = crowded(ALICE);
		_cleanup_free_ char *text = NULL;
		char number[16];

		snapshot_hide_others(scene.snapshot, ALICE);
		text = all_texts(&scene);
		(void)snprintf(number, sizeof(number), "%d", (int)pid);
		assert_non_null(strstr(text, number));
		assert_null(strstr(text, "another user"));
		/* a source names whoever sleeps, without knowing whose it is */
		assert_null(strstr(text, "812349"));
	}
}

static void what_is_hidden_answers_no_filter(void **state)
{
	_cleanup_(scene_end) struct scene scene = crowded(BOB);
	_cleanup_(chosen_buffers_done) struct chosen_buffers buffers = { 0 };
	_cleanup_(chosen_devices_done) struct chosen_devices devices = { 0 };
	const struct filter filter = { .pid = 812342 };

	(void)state;
	snapshot_hide_others(scene.snapshot, ALICE);
	assert_int_equal(chosen_buffers(scene.snapshot, &filter, &buffers), 0);
	assert_int_equal(buffers.count, 0);
	assert_int_equal(chosen_devices(scene.snapshot, "secret*", false, &devices), 0);
	assert_int_equal(devices.count, 0);
}

/* Judgement goes by who it is: two others are still two. */
static void the_hidden_are_told_apart(void **state)
{
	_cleanup_(scene_end) struct scene scene = crowded(BOB);

	(void)state;
	snapshot_hide_others(scene.snapshot, ALICE);
	judge_snapshot(scene.snapshot);
	scene_check(&scene, DEVICE);
	/* who has it open, and who waits in its revoke */
	assert_int_equal(n_obstacles(&scene, OBSTACLE_OWNER), 2);
	assert_int_equal(n_obstacles(&scene, OBSTACLE_HOLDER), 1);
	assert_int_equal(snapshot_buffer(scene.snapshot, 9)->n_holders, 2);
}

/* One user each time it was seen, or nobody's: its number may have been used again. */
static void a_disputed_process_is_nobodys(void **state)
{
	static const struct {
		int64_t seen[3];
		int64_t uid;
	} cases[] = {
		{ { ALICE, ALICE, ALICE }, ALICE },
		{ { PROCESS_UID_UNKNOWN, ALICE, PROCESS_UID_UNKNOWN }, ALICE },
		{ { ALICE, BOB, ALICE }, PROCESS_UID_NONE },
		{ { ALICE, ALICE, PROCESS_UID_NONE }, PROCESS_UID_NONE },
		{ { PROCESS_UID_NONE, ALICE, ALICE }, PROCESS_UID_NONE },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(scene_end) struct scene scene = scene_begin(SEEN_ALL);

		for (size_t j = 0; j < ARRAY_SIZE(cases[i].seen); j++) {
			add_process(&scene, OWNER, cases[i].seen[j]);
			/* the last one comes after another process */
			if (j == 1)
				add_process(&scene, HOLDER, BOB);
		}
		scene_build(&scene);
		assert_int_equal(scene.snapshot->n_processes, 2);
		assert_true(scene.snapshot->processes[0].uid == cases[i].uid);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_of_others_is_left),
		cmocka_unit_test(ones_own_are_named_everywhere),
		cmocka_unit_test(what_is_hidden_answers_no_filter),
		cmocka_unit_test(the_hidden_are_told_apart),
		cmocka_unit_test(a_disputed_process_is_nobodys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
