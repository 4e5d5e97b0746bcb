/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_WIRE_SNAPSHOT_PARSE_H
#define DMABUFCTL_WIRE_SNAPSHOT_PARSE_H

/*
 * The way back: what another host (or another process) wrote as JSON becomes a
 * snapshot again. The text is not trusted: types, words and sizes are checked; keys
 * that are not known are left alone, so that a newer writer is understood.
 */

#include "lib/model/snapshot.h"

struct json_object;

/*
 * From the object of list or of devices. Devices come with their buffers as far as
 * exports and imports name them: inode and device, nothing else.
 * 0, -EBADMSG (not such an object) or -ENOMEM.
 */
int wire_parse_snapshot(struct json_object *object, struct snapshot **ret);

/*
 * From {"bpf":"ok",...}; whys point into object. Words that are not known are
 * SOURCE_MISSING with the whole text as their reason. 0 or -EBADMSG.
 */
int wire_parse_sources(struct json_object *object,
		       struct source_status ret[SOURCE_COUNT]);

#endif
