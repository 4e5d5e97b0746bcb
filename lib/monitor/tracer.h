/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_MONITOR_TRACER_H
#define DMABUFCTL_MONITOR_TRACER_H

/*
 * Events from BPF programs at the entries and exits of kernel functions. They are gone
 * with the tracer, or with the process. As long as they are there the modules whose
 * functions they watch cannot be unloaded (vfio_pci_core; drivers can leave all the same).
 */

#include "lib/model/event.h"

struct root;
struct tracer;

/*
 * What this kernel lacks is left out: see tracer_kinds(). put and context outlive the
 * tracer. Takes up to a second. 0, or negative errno with *ret_why, which is static;
 * -EOPNOTSUPP: this kernel or build cannot, -EPERM: we may not.
 */
int tracer_new(const struct root *root, event_function *put, void *context,
	       struct tracer **ret, const char **ret_why);

/*
 * Has VFIO come since it was made? Then *tracer is replaced by one that sees it too, and
 * the result is 1; for a moment nothing is seen. Else 0, or negative errno with *ret_why;
 * tracer_kinds() says what is seen then. Its fd may be another one in any case.
 */
int tracer_renew(const struct root *root, struct tracer **tracer, const char **ret_why);
void tracer_free(struct tracer *tracer); /* NULL is allowed */

/* An fd that is readable when there are events; it is the tracer's. */
int tracer_fd(const struct tracer *tracer);

/* Hands over what has come, at most some hundred, and says what was lost. 0 or negative errno. */
int tracer_read(struct tracer *tracer);

/* EVENT_BIT() mask of what it sees. */
unsigned int tracer_kinds(const struct tracer *tracer);

#endif
