/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An owner that does not put up with a revoke: a thread that sets the memory bit again
 * whenever it finds it clear.
 */
#ifndef LAB_GUARD_H
#define LAB_GUARD_H

#include "vfio.h"

/* 0 or a negative errno; -EBUSY: it runs */
int guard_start(const struct vfio *v);
/* -ENOENT: it does not run */
int guard_stop(void);

#endif
