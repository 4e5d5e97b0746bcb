/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/observe/observers.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/observe/proc-pid.h"

enum {
	UNIT_SIZE = 256, /* with its NUL */
	CGROUP_TEXT_MAX = 256 * 1024, /* a line a hierarchy, PATH_MAX each */
};

#define DELETED " (deleted)" /* behind the path of a removed control group */

static bool ends_with(const char *text, size_t length, const char *suffix)
{
	size_t suffix_length = strlen(suffix);

	return length > suffix_length &&
	       memcmp(text + length - suffix_length, suffix, suffix_length) == 0;
}

/* The kinds of unit that have a control group (systemd.unit(5)), without slices. */
static bool is_unit_name(const char *name, size_t length)
{
	static const char *const suffixes[] = { ".service", ".scope", ".socket", ".mount",
						".swap" };
	static const char valid[] = "0123456789abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ:-_.\\@";
	size_t i;

	if (length >= UNIT_SIZE)
		return false;
	for (i = 0; i < length; i++)
		if (!memchr(valid, name[i], sizeof(valid) - 1))
			return false;
	for (i = 0; i < ARRAY_SIZE(suffixes); i++)
		if (ends_with(name, length, suffixes[i]))
			return true;
	return false;
}

/* What lies below a component that is no unit is not ours: a container's own tree. */
static int unit_from_path(const char *path, size_t length, char unit[UNIT_SIZE])
{
	const char *end = path + length;

	if (ends_with(path, length, DELETED))
		end -= strlen(DELETED);
	while (path < end) {
		const char *slash = memchr(path, '/', (size_t)(end - path));
		size_t size = (size_t)((slash ? slash : end) - path);
		/* systemd escapes names that the kernel could mistake for its own. */
		size_t escape = size > 0 && path[0] == '_';

		if (is_unit_name(path + escape, size - escape)) {
			record_bytes(unit, UNIT_SIZE, path + escape, size - escape);
			return 0;
		}
		if (size > 0 && !ends_with(path, size, ".slice"))
			break;
		path += size + 1;
	}
	return -ENODATA;
}

/* Reads the line with this hierarchy: "0::" or "N:name=systemd:". */
static int unit_from_line(const char *text, bool unified, char unit[UNIT_SIZE])
{
	while (*text) {
		const char *end = strchrnul(text, '\n');
		const char *path = text + strspn(text, "0123456789");
		const char *key = unified ? "::" : ":name=systemd:";

		if (text_starts_with(path, key) && (!unified || *text == '0'))
			return unit_from_path(path + strlen(key),
					      (size_t)(end - path) - strlen(key), unit);
		text = *end ? end + 1 : end;
	}
	return -ENODATA;
}

int unit_from_cgroup(const char *cgroup_text, char unit[UNIT_SIZE])
{
	int r = unit_from_line(cgroup_text, true, unit);

	return r < 0 ? unit_from_line(cgroup_text, false, unit) : r;
}

void observe_unit(const struct root *root, struct sink *sink, pid_t pid)
{
	struct record_unit record = { .pid = pid };
	_cleanup_free_ char *text = NULL;
	_cleanup_close_ int fd = -EBADF;
	char path[32];

	(void)snprintf(path, sizeof(path), "proc/%d", (int)pid);
	fd = root_open_at(root, root->fd, path, O_PATH | O_DIRECTORY);
	if (fd < 0 || root_read(root, fd, "cgroup", CGROUP_TEXT_MAX, &text, NULL) < 0 ||
	    unit_from_cgroup(text, record.unit) < 0)
		return;
	record.uid = proc_read_uid(root, fd);
	record_init(&record.header, RECORD_UNIT, SOURCE_PROC, sizeof(record));
	sink_put(sink, &record.header);
}
