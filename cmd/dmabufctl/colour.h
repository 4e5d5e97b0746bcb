/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_CMD_COLOUR_H
#define DMABUFCTL_CMD_COLOUR_H

#include <stdbool.h>

#include "lib/model/snapshot.h"

/*
 * Would the user like colours on a terminal? SYSTEMD_COLORS (a boolean, 16, 256)
 * decides, then NO_COLOR, then TERM.
 */
bool colour_wanted(void);

/* Of running text. */
enum text_style { TEXT_PLAIN, TEXT_GOOD, TEXT_BAD, TEXT_WEAK };

/* What to print before such a text, and TEXT_PLAIN behind it; "" without colours. */
const char *colour_switch(bool wanted, enum text_style style);

/* Names of libsmartcols; NULL: none. */
const char *colour_of_buffer_state(enum buffer_state state);
const char *colour_of_device_state(enum device_state state);
const char *colour_of_verdict(enum verdict verdict);

#endif
