/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/act/unit.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lib/act/unit-bus.h"
#include "lib/base/cleanup.h"

enum { OPEN_LIMIT_US = 10000000, RETRY_US = 50000 };

bool systemd_is_running(void)
{
	return access("/run/systemd/system", F_OK) == 0;
}

/* Whoever closes a bus that is not ready waits for it, so it does not leave here so. */
int unit_bus_open(struct sd_bus **ret)
{
	_cleanup_(sd_bus_close_unrefp) sd_bus *bus = NULL;
	struct manager manager;
	int r = systemd_is_running() ? sd_bus_open_system(&bus) : -EOPNOTSUPP;

	if (r < 0)
		return r;
	manager = manager_within(bus, OPEN_LIMIT_US);
	r = manager_wait_ready(&manager);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(bus);
	return 0;
}

/* The unit that has this invocation; by its object nothing else can be met. */
struct target {
	struct manager manager;
	const char *unit;
	char *path;
};

static void target_done(struct target *target)
{
	free(target->path);
}

static int target_find(struct sd_bus *bus, const char *unit, const char *invocation,
		       uint64_t limit_us, struct target *ret)
{
	ret->manager = manager_within(bus, limit_us);
	ret->unit = unit;
	return manager_invocation(invocation, &ret->path);
}

/* Nobody has the invocation any more: -ENOENT when the unit has gone altogether. */
static int explain_stale(const struct target *target)
{
	_cleanup_free_ char *path = NULL;
	int r = manager_unit(&target->manager, target->unit, &path);

	return r < 0 ? r : -ESTALE;
}

static int target_text(const struct target *target, const char *name, char **ret)
{
	int r = manager_text(&target->manager, target->path, UNIT, name, ret);

	return r == -ESTALE ? explain_stale(target) : r;
}

/* An invocation of another unit would be a record that has gone wrong. */
static int target_check(const struct target *target)
{
	_cleanup_free_ char *id = NULL;
	int r = target_text(target, "Id", &id);

	if (r < 0)
		return r;
	return strcmp(id, target->unit) == 0 ? 0 : -ESTALE;
}

static int target_call(const struct target *target, const char *method)
{
	int r = manager_call(&target->manager, target->path, UNIT, method, NULL, NULL);

	return r == -ESTALE ? explain_stale(target) : r;
}

/* 1: the freezer is there; 0: not; negative errno. */
static int freezer_is(const struct target *target, const char *wanted)
{
	_cleanup_free_ char *state = NULL;
	int r = target_text(target, "FreezerState", &state);

	return r < 0 ? r : strcmp(state, wanted) == 0;
}

static int pause_before_retry(const struct target *target)
{
	const struct timespec pause = { .tv_nsec = RETRY_US * 1000L };

	if (manager_left_us(&target->manager) <= RETRY_US)
		return -ETIME;
	(void)nanosleep(&pause, NULL);
	return 0;
}

/*
 * systemd refuses both while a job of the unit or the other of the two is under way
 * (UnitBusy, Failed); it answers freeze as well when something has undone it by then.
 */
static int move_freezer(const struct target *target, const char *method,
			const char *wanted)
{
	int r = target_check(target);

	while (r >= 0) {
		int refused = target_call(target, method);

		if (refused < 0 && refused != -EBUSY && refused != -EIO)
			return refused;
		r = freezer_is(target, wanted);
		if (r > 0)
			return 0;
		if (r == 0)
			r = pause_before_retry(target);
	}
	return r;
}

static int set_freezer(struct sd_bus *bus, const char *unit, const char *invocation,
		       const char *method, const char *wanted, uint64_t limit_us)
{
	_cleanup_(target_done) struct target target = { .path = NULL };
	int r = target_find(bus, unit, invocation, limit_us, &target);

	return r < 0 ? r : move_freezer(&target, method, wanted);
}

int unit_freeze(struct sd_bus *bus, const char *unit, const char *invocation,
		uint64_t limit_us)
{
	return set_freezer(bus, unit, invocation, "Freeze", "frozen", limit_us);
}

int unit_thaw(struct sd_bus *bus, const char *unit, const char *invocation,
	      uint64_t limit_us)
{
	return set_freezer(bus, unit, invocation, "Thaw", "running", limit_us);
}

static int stop(const struct target *target)
{
	int r = manager_call(&target->manager, target->path, UNIT, "Stop", NULL, "s",
			     "replace");

	return r == -ESTALE ? explain_stale(target) : r;
}

/* A unit that the stop has ended already needs no more. */
static int kill_all(const struct target *target)
{
	int r = manager_call(&target->manager, target->path, UNIT, "Kill", NULL, "si",
			     "all", SIGKILL);

	return r == -ESTALE || r == -ENOENT ? 0 : r;
}

/* A stop job comes first in both cases: a unit that is only killed may be restarted. */
int unit_stop(struct sd_bus *bus, const char *unit, const char *invocation, bool kill,
	      uint64_t limit_us)
{
	_cleanup_(target_done) struct target target = { .path = NULL };
	int r = target_find(bus, unit, invocation, limit_us, &target);

	if (r >= 0)
		r = target_check(&target);
	if (r >= 0)
		r = stop(&target);
	if (r >= 0 && kill)
		r = kill_all(&target);
	return r;
}

int unit_is_active(struct sd_bus *bus, const char *unit, uint64_t limit_us)
{
	struct manager manager = manager_within(bus, limit_us);
	_cleanup_free_ char *path = NULL, *state = NULL;
	int r = manager_unit(&manager, unit, &path);

	if (r == -ENOENT)
		return 0;
	if (r >= 0)
		r = manager_text(&manager, path, UNIT, "ActiveState", &state);
	if (r < 0)
		return r;
	return strcmp(state, "inactive") != 0 && strcmp(state, "failed") != 0;
}
