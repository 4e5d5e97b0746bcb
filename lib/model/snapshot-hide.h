/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_MODEL_SNAPSHOT_HIDE_H
#define DMABUFCTL_MODEL_SNAPSHOT_HIDE_H

#include "lib/model/snapshot.h"

/*
 * Takes comm, unit and pid from every process that is not certainly this user's, and the
 * names of processes from what the sources say. To be done before anything is judged,
 * chosen or planned: what is not there gets into no text and answers no filter. The
 * processes are still told apart by their place, and no longer sorted.
 */
void snapshot_hide_others(struct snapshot *snapshot, uid_t uid);

#endif
