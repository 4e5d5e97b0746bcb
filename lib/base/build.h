/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_BASE_BUILD_H
#define DMABUFCTL_BASE_BUILD_H

/* How this program was built; the build defines the macros. */

#include <stdbool.h>

#ifndef DMABUFCTL_VERSION
#error "the build defines DMABUFCTL_VERSION"
#endif

#ifdef HAVE_BPF
enum { BUILD_HAS_BPF = true };
#else
enum { BUILD_HAS_BPF = false };
#endif

#endif
