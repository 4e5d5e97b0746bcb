/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_WIRE_RELEASES_JSON_H
#define DMABUFCTL_WIRE_RELEASES_JSON_H

#include "lib/model/checks.h"
#include "lib/model/snapshot.h"

struct json_object;

/*
 * {"releases":[{"device","vendor","product","path","pid","comm","since","owners":[...],
 * "cause","behind":[{"device","path","pid","comm","since"}]}],"sources":{...}} of the
 * devices of checks, which are those whose driver is leaving. path is "unplug", "remove",
 * "sriov", "unbind", "unload", or null: who waits could not be seen. Behind are tasks that
 * want to take away or look for devices too, and have not come so far. The cause also
 * names what sleeps in the device meanwhile, a stuck revoke say. NULL: out of memory.
 */
struct json_object *wire_releases(const struct snapshot *snapshot,
				  const struct checks *checks);

#endif
