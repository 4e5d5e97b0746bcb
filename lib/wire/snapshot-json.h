/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_WIRE_SNAPSHOT_JSON_H
#define DMABUFCTL_WIRE_SNAPSHOT_JSON_H

/*
 * A snapshot as the JSON contract has it (dmabufctl(8), JSON). Keys and their order
 * are fixed; unknown is null; what comes from users is made valid UTF-8.
 */

#include <stddef.h>

#include "lib/model/snapshot.h"

struct json_object;

/* {"buffers":[...],"sources":{...}} of the chosen buffers. NULL: out of memory. */
struct json_object *wire_list(const struct snapshot *snapshot,
			      const struct buffer *const *buffers, size_t count);

/* {"devices":[...],"sources":{...}} of the chosen devices. NULL: out of memory. */
struct json_object *wire_devices(const struct snapshot *snapshot,
				 const struct device *const *devices, size_t count);

/* [{"pid":49,"comm":...,"unit":...,"fds":[3],"maps":0}]. NULL: out of memory. */
struct json_object *wire_owners(const struct device *device);

/* {"bpf":"ok","bufinfo":"unused",...}. NULL: out of memory. */
struct json_object *wire_sources(const struct source_status sources[SOURCE_COUNT]);

#endif
