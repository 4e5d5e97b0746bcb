/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_MODEL_EXIT_STATUS_H
#define DMABUFCTL_MODEL_EXIT_STATUS_H

/* Documented in dmabufctl(8), EXIT STATUS: never renumber. */
enum exit_status {
	STATUS_DONE = 0, /* also: nothing to do */
	STATUS_FAILED = 1,
	STATUS_USAGE = 2,
	STATUS_NOT_FOUND = 3,
	STATUS_NOT_PERMITTED = 4,
	STATUS_TIMED_OUT = 5,
	STATUS_REFUSED = 6,
	STATUS_UNSUPPORTED = 7,
};

#define STATUS_BIT(status) (1u << (status))

#endif
