/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/act/unit-bus.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/file.h"
#include "lib/base/time-span.h"

enum { INVOCATION_DIGITS = 32 };

/* What libsystemd has no errno for, or one that would mislead. */
static const struct {
	const char *name;
	int error;
} errors[] = {
	{ SYSTEMD ".NoSuchUnit", -ENOENT },
	{ SYSTEMD ".UnitInactive", -ENOENT },
	{ SYSTEMD ".NoUnitForInvocationID", -ESTALE },
	{ SD_BUS_ERROR_UNKNOWN_OBJECT, -ESTALE },
	{ SYSTEMD ".UnitBusy", -EBUSY },
	{ SYSTEMD ".AlreadySubscribed", -EALREADY },
	{ SD_BUS_ERROR_NO_REPLY, -ETIME },
	{ SD_BUS_ERROR_TIMEOUT, -ETIME },
	{ SD_BUS_ERROR_FAILED, -EIO },
};

struct manager manager_within(sd_bus *bus, uint64_t limit_us)
{
	struct manager manager = { .bus = bus };

	if (__builtin_add_overflow(monotonic_us(), limit_us, &manager.deadline_us))
		manager.deadline_us = TIME_SPAN_INFINITE;
	return manager;
}

uint64_t manager_left_us(const struct manager *manager)
{
	uint64_t now = monotonic_us();

	if (manager->deadline_us == TIME_SPAN_INFINITE)
		return TIME_SPAN_INFINITE;
	return now < manager->deadline_us ? manager->deadline_us - now : 0;
}

int manager_wait_ready(const struct manager *manager)
{
	int r;

	while ((r = sd_bus_is_ready(manager->bus)) == 0) {
		uint64_t left = manager_left_us(manager);

		if (left == 0)
			return -ETIME;
		r = sd_bus_process(manager->bus, NULL);
		if (r == 0)
			r = sd_bus_wait(manager->bus, left);
		if (r < 0 && r != -EINTR)
			return r;
	}
	return r < 0 ? r : 0;
}

static int error_of(const sd_bus_error *error, int r)
{
	for (size_t i = 0; i < ARRAY_SIZE(errors); i++)
		if (sd_bus_error_has_name(error, errors[i].name))
			return errors[i].error;
	return r == -ETIMEDOUT ? -ETIME : r;
}

/* 0 would mean the default limit of sd-bus. */
static int send_and_wait(const struct manager *manager, sd_bus_message *message,
			 sd_bus_message **ret)
{
	_cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
	uint64_t left = manager_left_us(manager);
	int r;

	if (left == 0)
		return -ETIME;
	r = sd_bus_call(manager->bus, message, left, &error, ret);
	return r < 0 ? error_of(&error, r) : 0;
}

int manager_call(const struct manager *manager, const char *path, const char *interface,
		 const char *method, sd_bus_message **ret, const char *types, ...)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *message = NULL, *reply = NULL;
	va_list arguments;
	int r = sd_bus_message_new_method_call(manager->bus, &message, SYSTEMD, path,
					       interface, method);

	if (r < 0)
		return r;
	va_start(arguments, types);
	r = types ? sd_bus_message_appendv(message, types, arguments) : 0;
	va_end(arguments);
	if (r >= 0)
		r = send_and_wait(manager, message, &reply);
	if (r < 0)
		return r;
	if (ret)
		*ret = TAKE_PTR(reply);
	return 0;
}

static int copy_text(const char *text, char **ret)
{
	char *copy = strdup(text);

	if (!copy)
		return -ENOMEM;
	*ret = copy;
	return 0;
}

int manager_unit(const struct manager *manager, const char *unit, char **ret)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	const char *path;
	int r = manager_call(manager, MANAGER_PATH, MANAGER, "GetUnit", &reply, "s",
			     unit);

	if (r >= 0)
		r = sd_bus_message_read(reply, "o", &path);
	return r < 0 ? r : copy_text(path, ret);
}

int manager_invocation(const char *invocation, char **ret)
{
	if (strspn(invocation, "0123456789abcdef") != INVOCATION_DIGITS ||
	    invocation[INVOCATION_DIGITS] != '\0')
		return -EINVAL;
	return sd_bus_path_encode(MANAGER_PATH "/unit", invocation, ret);
}

int manager_property(const struct manager *manager, const char *path,
		     const char *interface, const char *name, const char *type,
		     sd_bus_message **ret_reply)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	int r = manager_call(manager, path, "org.freedesktop.DBus.Properties", "Get",
			     &reply, "ss", interface, name);

	if (r >= 0)
		r = sd_bus_message_enter_container(reply, 'v', type);
	if (r < 0)
		return r;
	*ret_reply = TAKE_PTR(reply);
	return 0;
}

int manager_text(const struct manager *manager, const char *path, const char *interface,
		 const char *name, char **ret)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	const char *text;
	int r = manager_property(manager, path, interface, name, "s", &reply);

	if (r >= 0)
		r = sd_bus_message_read(reply, "s", &text);
	return r < 0 ? r : copy_text(text, ret);
}
