/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/judge/importers.h"

#include <string.h>

#include "lib/base/cleanup.h"

const struct importer_rule importer_rules[] = {
	{ "iopt_revoke_notify", "iommufd", ATTACHMENT_PINNED, VERDICT_YES, DRAIN_AT_ONCE,
	  TRISTATE_NO, "iommufd unmaps in its callback, for good",
	  "drivers/iommu/iommufd/pages.c iopt_revoke_notify" },
	{ "mlx5_ib_dmabuf_invalidate_cb", "mlx5_ib", ATTACHMENT_DYNAMIC, VERDICT_YES,
	  DRAIN_HARDWARE, TRISTATE_YES,
	  "the adapter unmaps in its callback; a dead one is waited for without limit",
	  "drivers/infiniband/hw/mlx5/mr.c mlx5_ib_dmabuf_invalidate_cb, umr.c" },
	{ "ib_umem_dmabuf_revoke_locked", "ib_core", ATTACHMENT_PINNED, VERDICT_YES,
	  DRAIN_BOUNDED, TRISTATE_NO,
	  "the memory region is ended for good; if that fails the adapter is reset",
	  "drivers/infiniband/core/umem_dmabuf.c, hw/irdma/verbs.c "
	  "irdma_umem_dmabuf_revoke" },
	{ "amdgpu_dma_buf_move_notify", "amdgpu or amdkfd", ATTACHMENT_DYNAMIC,
	  VERDICT_YES, DRAIN_HARDWARE, TRISTATE_YES,
	  "it unmaps when the GPU has finished, which is waited for without limit",
	  "drivers/gpu/drm/amd/amdgpu/amdgpu_dma_buf.c amdgpu_dma_buf_move_notify" },
	{ "xe_dma_buf_move_notify", "xe", ATTACHMENT_DYNAMIC, VERDICT_DEPENDS,
	  DRAIN_DEFERRED, TRISTATE_YES,
	  "it unmaps only when its user next runs on the GPU or frees the buffer",
	  "drivers/gpu/drm/xe/xe_bo.c xe_bo_move_dmabuf" },
	{ "virtgpu_dma_buf_move_notify", "virtio_gpu", ATTACHMENT_DYNAMIC, VERDICT_YES,
	  DRAIN_HARDWARE, TRISTATE_NO,
	  "it unmaps, for good, when its host answers, which is waited for without limit",
	  "drivers/gpu/drm/virtio/virtgpu_prime.c, virtgpu_object.c:105" },
	{ "ib_umem_dmabuf_unsupported_move_notify", "ib_core", ATTACHMENT_PINNED,
	  VERDICT_NO, DRAIN_NEVER, TRISTATE_UNKNOWN,
	  "its callback only complains: the memory stays pinned until it lets go",
	  "Linux 6.1 to 7.0, drivers/infiniband/core/umem_dmabuf.c" },
	{ "ib_umem_dmabuf_attach_pinned_ops", "ib_core", ATTACHMENT_PINNED, VERDICT_NO,
	  DRAIN_NEVER, TRISTATE_UNKNOWN,
	  "an RDMA memory region that stays pinned until it is deregistered",
	  "drivers/infiniband/core/umem_dmabuf.c:184" },
};

const size_t n_importer_rules = ARRAY_SIZE(importer_rules);

#define STATIC_DISPLAY                                                                   \
	"a display driver without a callback: it keeps the buffer until it lets go"
#define STATIC_ACCELERATOR                                                               \
	"an accelerator driver without a callback: it keeps the buffer until it lets go"
#define NETWORK                                                                          \
	"memory regions and network queues that stay mapped until they are given up"

const struct device_rule device_rules[] = {
	{ "iommu", NULL, "iopt_revoke_notify", ATTACHMENT_KIND_UNKNOWN, NULL, NULL,
	  "drivers/iommu/iommufd/main.c:758: the misc device of /dev/iommu" },
	{ "vgem", NULL, NULL, ATTACHMENT_STATIC, "vgem", STATIC_DISPLAY,
	  "drivers/gpu/drm/vgem/vgem_drv.c, drm_prime.c:990" },
	{ "vkms", NULL, NULL, ATTACHMENT_STATIC, "vkms", STATIC_DISPLAY,
	  "drivers/gpu/drm/vkms/vkms_drv.c, drm_gem_shmem_helper.c:953" },
	{ "xen!gntdev", NULL, NULL, ATTACHMENT_STATIC, "xen_gntdev",
	  "grants that stay mapped until they are given up",
	  "drivers/xen/gntdev-dmabuf.c:580" },
	{ NULL, "amdgpu", "amdgpu_dma_buf_move_notify", ATTACHMENT_KIND_UNKNOWN, NULL,
	  NULL, "drivers/gpu/drm/amd/amdgpu/amdgpu_dma_buf.c:609" },
	{ NULL, "xe", "xe_dma_buf_move_notify", ATTACHMENT_KIND_UNKNOWN, NULL, NULL,
	  "drivers/gpu/drm/xe/xe_dma_buf.c:385" },
	{ NULL, "bochs-drm", NULL, ATTACHMENT_STATIC, "bochs", STATIC_DISPLAY,
	  "drivers/gpu/drm/tiny/bochs.c, drm_gem_shmem_helper.c:953" },
	{ NULL, "ast", NULL, ATTACHMENT_STATIC, "ast", STATIC_DISPLAY,
	  "drivers/gpu/drm/ast/ast_drv.c, drm_gem_shmem_helper.c:953" },
	{ NULL, "mgag200", NULL, ATTACHMENT_STATIC, "mgag200", STATIC_DISPLAY,
	  "drivers/gpu/drm/mgag200/mgag200_drv.c, drm_gem_shmem_helper.c:953" },
	{ NULL, "nouveau", NULL, ATTACHMENT_STATIC, "nouveau", STATIC_DISPLAY,
	  "drivers/gpu/drm/nouveau/nouveau_drm.c, drm_prime.c:990" },
	{ NULL, "radeon", NULL, ATTACHMENT_STATIC, "radeon", STATIC_DISPLAY,
	  "drivers/gpu/drm/radeon/radeon_drv.c, drm_prime.c:990" },
	{ NULL, "qxl", NULL, ATTACHMENT_STATIC, "qxl", STATIC_DISPLAY,
	  "drivers/gpu/drm/qxl/qxl_drv.c, drm_prime.c:990" },
	{ NULL, "vmwgfx", NULL, ATTACHMENT_STATIC, "vmwgfx", STATIC_DISPLAY,
	  "drivers/gpu/drm/vmwgfx/vmwgfx_drv.c, drm_prime.c:990" },
	{ NULL, "i915", NULL, ATTACHMENT_STATIC, "i915",
	  "a graphics driver without a callback: it keeps the pages it has in use",
	  "drivers/gpu/drm/i915/gem/i915_gem_dmabuf.c:307" },
	{ NULL, "nvidia", NULL, ATTACHMENT_STATIC, "nvidia",
	  "a graphics driver without a callback: it keeps the buffer until it lets go",
	  "NVIDIA open-gpu-kernel-modules, kernel-open/nvidia/nv-dmabuf.c: not in "
	  "Linux" },
	{ NULL, "intel_vpu", NULL, ATTACHMENT_STATIC, "intel_vpu", STATIC_ACCELERATOR,
	  "drivers/accel/ivpu/ivpu_gem.c:220" },
	{ NULL, "qaic", NULL, ATTACHMENT_STATIC, "qaic", STATIC_ACCELERATOR,
	  "drivers/accel/qaic/qaic_data.c:853" },
	{ NULL, "amdxdna", NULL, ATTACHMENT_STATIC, "amdxdna", STATIC_ACCELERATOR,
	  "drivers/accel/amdxdna/amdxdna_gem.c:894" },
	{ NULL, "mlx5_core", "mlx5_ib_dmabuf_invalidate_cb", ATTACHMENT_KIND_UNKNOWN,
	  "mlx5_ib, devmem TCP or io_uring", NETWORK,
	  "drivers/infiniband/hw/mlx5/{mr,devx}.c, net/core/devmem.c:229, "
	  "io_uring/zcrx.c:156" },
	{ NULL, "ice", "ib_umem_dmabuf_revoke_locked", ATTACHMENT_KIND_UNKNOWN,
	  "irdma, devmem TCP or io_uring", NETWORK,
	  "drivers/infiniband/hw/irdma/verbs.c:3678, net/core/devmem.c:229, "
	  "io_uring/zcrx.c:156" },
	{ NULL, "i40e", "ib_umem_dmabuf_revoke_locked", ATTACHMENT_KIND_UNKNOWN,
	  "irdma, devmem TCP or io_uring", NETWORK,
	  "drivers/infiniband/hw/irdma/verbs.c:3678, net/core/devmem.c:229, "
	  "io_uring/zcrx.c:156" },
	{ NULL, "virtio-pci", "virtgpu_dma_buf_move_notify", ATTACHMENT_KIND_UNKNOWN,
	  "virtio_gpu, devmem TCP or io_uring",
	  "virtio-gpu with 3D, and network queues, that have no callback",
	  "drivers/gpu/drm/virtio/virtgpu_prime.c:313, net/core/devmem.c:229" },
	{ NULL, "bnxt_en", NULL, ATTACHMENT_KIND_UNKNOWN,
	  "bnxt_re, devmem TCP or io_uring", NETWORK,
	  "drivers/infiniband/hw/bnxt_re/ib_verbs.c:4726, net/core/devmem.c:229, "
	  "io_uring/zcrx.c:156" },
	{ NULL, "efa", NULL, ATTACHMENT_PINNED, "efa", NETWORK,
	  "drivers/infiniband/hw/efa/efa_verbs.c:1737" },
	{ NULL, "ionic", NULL, ATTACHMENT_KIND_UNKNOWN, "ionic_rdma", NETWORK,
	  "drivers/infiniband/hw/ionic/ionic_controlpath.c:965, net/core/devmem.c:229" },
	{ NULL, "mana", NULL, ATTACHMENT_KIND_UNKNOWN, "mana_ib", NETWORK,
	  "drivers/infiniband/hw/mana/mr.c:214, net/core/devmem.c:229" },
	{ NULL, "gve", NULL, ATTACHMENT_STATIC, "devmem TCP or io_uring", NETWORK,
	  "net/core/devmem.c:229, io_uring/zcrx.c:156" },
};

const size_t n_device_rules = ARRAY_SIZE(device_rules);

const struct importer_rule *importer_rule_find(const char *symbol)
{
	for (size_t i = 0; symbol && i < n_importer_rules; i++)
		if (strcmp(importer_rules[i].symbol, symbol) == 0)
			return &importer_rules[i];
	return NULL;
}

const struct device_rule *device_rule_find(const char *device, const char *driver)
{
	for (size_t i = 0; i < n_device_rules; i++) {
		const struct device_rule *rule = &device_rules[i];

		if (rule->device ? strcmp(rule->device, device) == 0
				 : driver && strcmp(rule->driver, driver) == 0)
			return rule;
	}
	return NULL;
}

/*
 * Whose callbacks and ops begin like this, for importers built into the kernel: there
 * the symbol has no module.
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
