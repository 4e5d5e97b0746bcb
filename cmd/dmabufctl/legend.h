/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_CMD_LEGEND_H
#define DMABUFCTL_CMD_LEGEND_H

#include <stdio.h>

/* What the words in the columns of list mean. */
void legend_print(FILE *stream);

#endif
