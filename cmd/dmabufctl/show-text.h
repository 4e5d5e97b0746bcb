/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_CMD_SHOW_TEXT_H
#define DMABUFCTL_CMD_SHOW_TEXT_H

/* Everything known of one buffer or device, as paragraphs of "Key: value" lines. */

#include <stdio.h>

#include "lib/model/snapshot.h"

void show_buffer(FILE *stream, const struct buffer *buffer);
void show_device(FILE *stream, const struct device *device);

#endif
