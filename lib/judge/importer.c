/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/judge/judge.h"

#include <string.h>

#include "lib/base/cleanup.h"

/*
 * Whose callbacks and ops begin like this, for importers built into the kernel: there
 * the symbol has no module. Read in the sources of Linux 7.2.
 */
static const struct {
	const char *prefix;
	const char *importer;
} built_in_importers[] = {
	{ "iopt_", "iommufd" }, /* drivers/iommu/iommufd/pages.c */
	{ "mlx5_ib_", "mlx5_ib" }, /* drivers/infiniband/hw/mlx5/mr.c */
	{ "ib_umem_", "ib_core" }, /* drivers/infiniband/core/umem_dmabuf.c */
	{ "amdgpu_", "amdgpu" }, /* drivers/gpu/drm/amd/amdgpu/amdgpu_dma_buf.c */
	{ "xe_", "xe" }, /* drivers/gpu/drm/xe/xe_dma_buf.c */
	{ "virtgpu_", "virtio_gpu" }, /* drivers/gpu/drm/virtio/virtgpu_prime.c */
};

const char *importer_of_symbol(const char *symbol, const char *module)
{
	if (module)
		return module;
	for (size_t i = 0; symbol && i < ARRAY_SIZE(built_in_importers); i++)
		if (strncmp(symbol, built_in_importers[i].prefix,
			    strlen(built_in_importers[i].prefix)) == 0)
			return built_in_importers[i].importer;
	return NULL;
}
