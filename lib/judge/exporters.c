/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/judge/exporters.h"

#include <string.h>

#include "lib/base/cleanup.h"

#define HELD "nothing but its importers and holders ends it"
#define GRAPHICS "a graphics driver moves its buffers, but revokes none on request"
#define HEAP "memory of a dma-heap: " HELD
#define MEDIA "memory of a media device: " HELD

const struct exporter_rule exporter_rules[] = {
	{ "udmabuf", "memory of a memfd: " HELD, "drivers/dma-buf/udmabuf.c" },
	{ "system", HEAP, "drivers/dma-buf/heaps/system_heap.c:471" },
	{ "system_cc_shared", HEAP, "drivers/dma-buf/heaps/system_heap.c:471" },
	{ "default_cma_region", HEAP, "drivers/dma-buf/heaps/cma_heap.c:346" },
	{ "reserved", HEAP, "drivers/dma-buf/heaps/cma_heap.c:346" },
	{ "linux,cma", HEAP, "drivers/dma-buf/heaps/cma_heap.c:346" },
	{ "tee", HEAP, "drivers/tee/tee_heap.c:173" },
	{ "drm", GRAPHICS,
	  "drivers/gpu/drm/drm_prime.c:921, amd/amdgpu/amdgpu_object.c:1284, "
	  "xe/xe_bo.c:917" },
	{ "i915", GRAPHICS, "drivers/gpu/drm/i915/gem/i915_gem_dmabuf.c" },
	{ "virtio_gpu", GRAPHICS, "drivers/gpu/drm/virtio/virtgpu_prime.c" },
	{ "msm", GRAPHICS, "drivers/gpu/drm/msm/msm_gem_prime.c" },
	{ "panfrost", GRAPHICS, "drivers/gpu/drm/panfrost/panfrost_gem.c" },
	{ "panthor", GRAPHICS, "drivers/gpu/drm/panthor/panthor_gem.c" },
	{ "armada", GRAPHICS, "drivers/gpu/drm/armada/armada_gem.c" },
	{ "omapdrm", GRAPHICS, "drivers/gpu/drm/omapdrm/omap_gem_dmabuf.c" },
	{ "tegra_drm", GRAPHICS, "drivers/gpu/drm/tegra/gem.c" },
	{ "vmwgfx", GRAPHICS, "drivers/gpu/drm/vmwgfx/ttm_object.c" },
	{ "amdxdna", "memory of an accelerator: " HELD,
	  "drivers/accel/amdxdna/amdxdna_gem.c" },
	{ "ivpu_userptr_dmabuf", "memory of an accelerator: " HELD,
	  "drivers/accel/ivpu/ivpu_gem_userptr.c" },
	{ "habanalabs", "memory of an accelerator: " HELD,
	  "drivers/accel/habanalabs/common/memory.c" },
	{ "ib_uverbs",
	  "it is revoked for good when its RDMA object is destroyed or its uverbs "
	  "context is closed, and not on request",
	  "drivers/infiniband/core/ib_core_uverbs.c:250, uverbs_std_types_dmabuf.c:172" },
	{ "mbochs", "memory of a mediated device: " HELD, "samples/vfio-mdev/mbochs.c" },
	{ "videobuf2_dma_contig", MEDIA,
	  "drivers/media/common/videobuf2/videobuf2-dma-contig.c" },
	{ "videobuf2_dma_sg", MEDIA,
	  "drivers/media/common/videobuf2/videobuf2-dma-sg.c" },
	{ "videobuf2_vmalloc", MEDIA,
	  "drivers/media/common/videobuf2/videobuf2-vmalloc.c" },
	{ "fastrpc", "memory of a signal processor: " HELD, "drivers/misc/fastrpc.c" },
	{ "snd_soc_fsl_asrc", "memory of a sound device: " HELD,
	  "sound/soc/fsl/fsl_asrc_m2m.c" },
	{ "xen_gntdev", "memory granted to another domain: " HELD,
	  "drivers/xen/gntdev-dmabuf.c" },
};

const size_t n_exporter_rules = ARRAY_SIZE(exporter_rules);

const struct exporter_rule *exporter_rule_find(const char *exporter)
{
	for (size_t i = 0; exporter && i < n_exporter_rules; i++)
		if (strcmp(exporter_rules[i].exporter, exporter) == 0)
			return &exporter_rules[i];
	return NULL;
}
