/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_OBSERVE_FEATURES_H
#define DMABUFCTL_OBSERVE_FEATURES_H

/* The pure part of observe_features(); only in builds with BPF. */

#include <stdint.h>

struct btf;

/*
 * The FEATURE_* bits that these types tell, as put_features() in observe.bpf.c does.
 * vfio and vfio_pci_core are the types of the modules on top of the kernel's; NULL where
 * there is no such module: not loaded, or built in.
 */
uint32_t features_of_types(const struct btf *kernel, const struct btf *vfio,
			   const struct btf *vfio_pci_core);

#endif
