/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the daemon is told of releases that are under way. */
#include "lib/base/cleanup.h"
#include "lib/prepare/check-devices.h"
#include "lib/wire/json.h"
#include "lib/wire/releases-json.h"
#include "tests/unit/releases.h"

/* The answer; the caller puts it. */
static struct json_object *answer(struct scene *scene)
{
	_cleanup_(checks_done) struct checks checks = { 0 };
	struct json_object *object;

	scene_check(scene, DEVICE);
	assert_int_equal(check_releases(scene->snapshot, &checks), 0);
	object = wire_releases(scene->snapshot, &checks);
	assert_non_null(object);
	return object;
}

static struct json_object *only_release(struct json_object *object)
{
	struct json_object *array = json_object_object_get(object, "releases");

	assert_int_equal(json_object_array_length(array), 1);
	return json_object_array_get_idx(array, 0);
}

static void has_text(struct json_object *object, const char *key, const char *expected)
{
	const char *text;

	assert_int_equal(wire_get_text(object, key, &text), 0);
	if (expected)
		assert_string_equal(text, expected);
	else
		assert_null(text);
}

static void an_unplug_is_told_with_its_owner(void **state)
{
	struct scene scene = releasing();
	_cleanup_(wire_put) struct json_object *object = NULL;
	struct json_object *release, *owners;
	const char *cause;

	(void)state;
	scene_unplug(&scene, DEVICE);
	object = answer(&scene);
	release = only_release(object);
	has_text(release, "device", DEVICE);
	has_text(release, "path", "unplug");
	has_text(release, "comm", "irq/30-pciehp");
	assert_int_equal(json_object_get_int(json_object_object_get(release, "pid")),
			 WRITER);
	owners = json_object_object_get(release, "owners");
	assert_int_equal(json_object_array_length(owners), 1);
	assert_int_equal(wire_get_text(release, "cause", &cause), 0);
	like(cause, "for the owner, without limit");
	scene_end(&scene);
}

static void without_its_task_the_path_is_unknown(void **state)
{
	struct scene scene = releasing();
	_cleanup_(wire_put) struct json_object *object = answer(&scene);

	(void)state;
	has_text(only_release(object), "path", NULL);
	has_text(only_release(object), "since", NULL);
	scene_end(&scene);
}

static void who_waits_behind_is_listed_apart(void **state)
{
	struct scene scene = releasing();
	_cleanup_(wire_put) struct json_object *object = NULL;
	struct json_object *behind;

	(void)state;
	scene_unplug(&scene, DEVICE);
	scene_task(&scene, UNPLUGGER, "irq/31-pciehp", TASK_PATH_UNPLUG, false,
		   "pci_lock_rescan_remove", FAR);
	scene_task(&scene, RESETTER, "sh", TASK_PATH_RESET, false, "pci_dev_lock", NULL);
	object = answer(&scene);
	has_text(only_release(object), "comm", "irq/30-pciehp");
	behind = json_object_object_get(only_release(object), "behind");
	assert_int_equal(json_object_array_length(behind), 1);
	has_text(json_object_array_get_idx(behind, 0), "device", FAR);
	has_text(json_object_array_get_idx(behind, 0), "path", "unplug");
	scene_end(&scene);
}

static void what_is_stuck_in_it_is_a_cause_too(void **state)
{
	struct scene scene = releasing();
	_cleanup_(wire_put) struct json_object *object = NULL;
	const char *cause;

	(void)state;
	scene_unbind(&scene, DEVICE);
	scene_task(&scene, RESETTER, "dmabufctl-act", TASK_PATH_REVOKE, false,
		   "dma_fence_default_wait", DEVICE);
	object = answer(&scene);
	assert_int_equal(wire_get_text(only_release(object), "cause", &cause), 0);
	like(cause, "unbind is under way");
	like(cause, "for the owner, without limit");
	like(cause, "; dmabufctl-act");
	like(cause, "sleeps in a revoke of this device, in dma_fence_default_wait");
	scene_end(&scene);
}

static void where_nothing_leaves_nothing_is_told(void **state)
{
	_cleanup_(checks_done) struct checks checks = { 0 };
	struct scene scene = scene_begin(SEEN_ALL);

	(void)state;
	scene_vfio(&scene, DEVICE, GROUP);
	scene_check(&scene, DEVICE);
	assert_int_equal(check_releases(scene.snapshot, &checks), 0);
	assert_int_equal(checks.count, 0);
	scene_end(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_unplug_is_told_with_its_owner),
		cmocka_unit_test(without_its_task_the_path_is_unknown),
		cmocka_unit_test(who_waits_behind_is_listed_apart),
		cmocka_unit_test(what_is_stuck_in_it_is_a_cause_too),
		cmocka_unit_test(where_nothing_leaves_nothing_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
