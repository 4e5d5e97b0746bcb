/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/observe/observers.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "lib/base/cleanup.h"
#include "lib/observe/bufinfo-parse.h"

#define BUFINFO "sys/kernel/debug/dma_buf/bufinfo"

/* A buffer takes about 100 bytes and 16 an attachment. */
enum { BUFINFO_MAX = 512 * 1024 * 1024 };

static void put_attachments(struct sink *sink, const struct bufinfo_object *object)
{
	const char *line = object->devices;
	struct record_attachment record = { 0 };
	uint32_t i;

	record_init(&record.header, RECORD_ATTACHMENT, SOURCE_BUFINFO, sizeof(record));
	record.inode = object->inode;
	for (i = 0; i < object->n_devices; i++) {
		const char *name;
		size_t length;

		line = bufinfo_next_device(line, &name, &length);
		RECORD_BYTES(record.device, name, length);
		sink_put(sink, &record.header);
	}
}

static void put_object(const struct bufinfo_object *object, void *data)
{
	struct record_buffer record = { 0 };
	struct sink *sink = data;

	record_init(&record.header, RECORD_BUFFER, SOURCE_BUFINFO, sizeof(record));
	record.inode = object->inode;
	record.size = object->size;
	record.references = (__s64)object->count;
	record.attachments = object->n_devices;
	record.attachments_known = object->devices_known;
	record.named = object->name_length > 0;
	RECORD_BYTES(record.name, object->name, object->name_length);
	RECORD_BYTES(record.exporter, object->exporter, object->exporter_length);
	sink_put(sink, &record.header);
	if (object->devices_known)
		put_attachments(sink, object);
}

static void end_partial(struct sink *sink, const struct bufinfo_totals *totals)
{
	char why[RECORD_WHY];

	if (!totals->complete)
		(void)snprintf(why, sizeof(why), "the text of bufinfo ends early");
	else if (totals->unclear > 0)
		(void)snprintf(why, sizeof(why),
			       "the device list of %" PRIu64 " of %" PRIu64
			       " buffers does not match its total",
			       totals->unclear, totals->objects);
	else
		(void)snprintf(why, sizeof(why),
			       "%" PRIu64 " buffers of %" PRIu64
			       " bytes were announced, %" PRIu64 " of %" PRIu64 " read",
			       totals->announced_objects, totals->announced_bytes,
			       totals->objects, totals->bytes);
	sink_source_end(sink, SOURCE_BUFINFO, SOURCE_PARTIAL, why);
}

static bool put_text(struct sink *sink, const char *text, size_t length)
{
	struct bufinfo_totals totals;

	if (bufinfo_parse(text, length, put_object, sink, &totals) < 0) {
		sink_source_end(sink, SOURCE_BUFINFO, SOURCE_MISSING,
				"the format of bufinfo is not known");
		return false;
	}
	if (totals.complete && totals.unclear == 0 &&
	    totals.objects == totals.announced_objects &&
	    totals.bytes == totals.announced_bytes) {
		sink_source_end(sink, SOURCE_BUFINFO, SOURCE_OK, NULL);
		return true;
	}
	end_partial(sink, &totals);
	return false;
}

static bool debugfs_is_mounted(const struct root *root)
{
	_cleanup_close_ int fd = -EBADF;
	struct statfs status;

	fd = root_open_at(root, root->fd, "sys/kernel/debug", O_PATH | O_DIRECTORY);
	if (fd < 0)
		return false;
	return root->captured ||
	       (fstatfs(fd, &status) == 0 && status.f_type == DEBUGFS_MAGIC);
}

static void end_missing(const struct root *root, struct sink *sink)
{
	const char *why = "no dma_buf/bufinfo in debugfs (CONFIG_DEBUG_FS)";

	if (!debugfs_is_mounted(root))
		why = "debugfs is not mounted at /sys/kernel/debug";
	sink_source_end(sink, SOURCE_BUFINFO, SOURCE_MISSING, why);
}

static void end_refused(const struct root *root, struct sink *sink, int error)
{
	const char *why = "not permitted";

	if (kernel_is_locked_down(root))
		why = "not permitted: the kernel is locked down";
	else if (error == -EACCES)
		why = "not permitted: debugfs is open to root only";
	sink_source_end(sink, SOURCE_BUFINFO, SOURCE_REFUSED, why);
}

static void end_failed(struct sink *sink, int error)
{
	char why[RECORD_WHY];

	(void)snprintf(why, sizeof(why), "cannot be read: %s", strerror(-error));
	sink_source_end(sink, SOURCE_BUFINFO, SOURCE_REFUSED, why);
}

/* Opening it takes no lock: the kernel makes the text when it is read. */
static int look_for(const struct root *root)
{
	int fd = root_open_at(root, root->fd, BUFINFO, O_RDONLY);

	if (fd < 0)
		return fd;
	(void)close(fd);
	return 0;
}

static void end_error(const struct root *root, struct sink *sink, int error)
{
	if (error == -ENOENT || error == -ENOTDIR)
		end_missing(root, sink);
	else if (error == -EACCES || error == -EPERM)
		end_refused(root, sink, error);
	else
		end_failed(sink, error);
}

bool observe_bufinfo(const struct root *root, struct sink *sink, bool needed)
{
	_cleanup_free_ char *text = NULL;
	size_t length = 0;
	int r;

	sink_source_begin(sink, SOURCE_BUFINFO);
	sink_flush(sink);
	r = needed ? root_read(root, root->fd, BUFINFO, BUFINFO_MAX, &text, &length)
		   : look_for(root);
	if (r < 0)
		end_error(root, sink, r);
	else if (needed)
		return put_text(sink, text, length);
	else
		sink_source_end(sink, SOURCE_BUFINFO, SOURCE_UNUSED, NULL);
	return false;
}
