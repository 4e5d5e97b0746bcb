/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_MONITOR_REVOKE_CAUSE_H
#define DMABUFCTL_MONITOR_REVOKE_CAUSE_H

#include <stddef.h>

#include "lib/model/event.h"

/*
 * What made VFIO revoke or restore: from the kernel functions that called
 * vfio_pci_dma_buf_move(), innermost first, each as "name" or "name [module]" in a field
 * of size bytes that is NUL-terminated; the first "" ends them. Pure.
 */
enum event_cause revoke_cause(const char *functions, size_t count, size_t size);

#endif
