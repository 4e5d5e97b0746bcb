/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a judged snapshot says of attachments and buffers, every row of the tables. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/cleanup.h"
#include "lib/judge/exporters.h"
#include "lib/judge/importers.h"
#include "lib/judge/judge.h"
#include "lib/model/feature.h"
#include "lib/model/snapshot-builder.h"

enum {
	INODE = 7,
	/* what BTF tells of Linux 7.2, 6.1, 6.12 and 6.19 */
	LINUX_7_2 = FEATURE_PROBED | FEATURE_INVALIDATE_MAPPINGS | FEATURE_VFIO_DMA_BUF |
		    FEATURE_VFIO_WAITS,
	LINUX_6_1 = FEATURE_PROBED | FEATURE_MOVE_NOTIFY,
	LINUX_6_12 = FEATURE_PROBED | FEATURE_MOVE_NOTIFY,
	LINUX_6_19 = FEATURE_PROBED | FEATURE_MOVE_NOTIFY | FEATURE_VFIO_DMA_BUF,
};

/* One buffer, whose attachments a test describes. */
struct scene {
	struct snapshot_builder *builder;
	struct snapshot *snapshot;
};

static void scene_begin(struct scene *scene, const char *exporter, uint32_t features,
			const char *kernel)
{
	const struct buffer buffer = {
		.inode = INODE,
		.size = 4096,
		.exporter = exporter,
		.region = -1,
		.references = 1,
		.mappings = -1,
		.attachments_known = true,
		.state = strcmp(exporter, "vfio_pci_core") == 0 ? BUFFER_STATE_LIVE
								: BUFFER_STATE_NONE,
		.state_evidence = EVIDENCE_KERNEL,
	};

	*scene = (struct scene){ .builder = snapshot_builder_new() };
	assert_non_null(scene->builder);
	assert_int_equal(builder_buffer(scene->builder, &buffer), 0);
	assert_int_equal(builder_host(scene->builder, kernel, 0, 120), 0);
	builder_features(scene->builder, features);
}

static void scene_attach(struct scene *scene, const struct attachment *attachment)
{
	struct attachment copy = *attachment;

	copy.inode = INODE;
	assert_int_equal(builder_attachment(scene->builder, &copy), 0);
}

static const struct buffer *scene_judge(struct scene *scene)
{
	assert_int_equal(builder_finish(scene->builder, &scene->snapshot), 0);
	scene->builder = NULL;
	judge_snapshot(scene->snapshot);
	return &scene->snapshot->buffers[0];
}

static void scene_end(struct scene *scene)
{
	snapshot_builder_free(scene->builder);
	snapshot_free(scene->snapshot);
}

/* One attachment judged; the snapshot is gone, so no text of its own remains. */
static struct attachment judge_one(const char *exporter, uint32_t features,
				   const char *kernel,
				   const struct attachment *attachment)
{
	struct attachment judged;
	struct scene scene;

	scene_begin(&scene, exporter, features, kernel);
	scene_attach(&scene, attachment);
	judged = scene_judge(&scene)->attachments[0];
	assert_non_null(judged.reason);
	scene_end(&scene);
	return judged;
}

static struct attachment by_symbol(const char *symbol, bool has_callback)
{
	return (struct attachment){
		.device = "0000:09:00.0",
		.symbol = symbol,
		.has_ops = TRISTATE_YES,
		.has_callback = has_callback ? TRISTATE_YES : TRISTATE_NO,
	};
}

static struct attachment by_device(const struct device_rule *rule)
{
	return (struct attachment){
		.device = rule->device ? rule->device : "0000:09:00.0",
		.driver = rule->driver,
	};
}

static const struct {
	const char *symbol;
	const char *importer;
	bool has_callback;
	enum attachment_kind kind;
	enum verdict revocable;
	enum drain drain;
	enum tristate restorable;
} symbols[] = {
	{ "iopt_revoke_notify", "iommufd", true, ATTACHMENT_PINNED, VERDICT_YES,
	  DRAIN_AT_ONCE, TRISTATE_NO },
	{ "mlx5_ib_dmabuf_invalidate_cb", "mlx5_ib", true, ATTACHMENT_DYNAMIC,
	  VERDICT_YES, DRAIN_HARDWARE, TRISTATE_YES },
	{ "ib_umem_dmabuf_revoke_locked", "ib_core", true, ATTACHMENT_PINNED, VERDICT_YES,
	  DRAIN_BOUNDED, TRISTATE_NO },
	{ "amdgpu_dma_buf_move_notify", "amdgpu or amdkfd", true, ATTACHMENT_DYNAMIC,
	  VERDICT_YES, DRAIN_HARDWARE, TRISTATE_YES },
	{ "xe_dma_buf_move_notify", "xe", true, ATTACHMENT_DYNAMIC, VERDICT_DEPENDS,
	  DRAIN_DEFERRED, TRISTATE_YES },
	{ "virtgpu_dma_buf_move_notify", "virtio_gpu", true, ATTACHMENT_DYNAMIC,
	  VERDICT_YES, DRAIN_HARDWARE, TRISTATE_NO },
	{ "ib_umem_dmabuf_unsupported_move_notify", "ib_core", true, ATTACHMENT_PINNED,
	  VERDICT_NO, DRAIN_NEVER, TRISTATE_UNKNOWN },
	{ "ib_umem_dmabuf_attach_pinned_ops", "ib_core", false, ATTACHMENT_PINNED,
	  VERDICT_NO, DRAIN_NEVER, TRISTATE_UNKNOWN },
};

static void every_known_importer_is_judged_by_its_symbol(void **state)
{
	(void)state;
	assert_int_equal(ARRAY_SIZE(symbols), n_importer_rules);
	for (size_t i = 0; i < ARRAY_SIZE(symbols); i++) {
		const struct attachment attachment =
			by_symbol(symbols[i].symbol, symbols[i].has_callback);
		const struct attachment judged =
			judge_one("vfio_pci_core", LINUX_7_2, "7.2.13", &attachment);

		assert_int_equal(judged.evidence, EVIDENCE_KERNEL);
		assert_int_equal(judged.kind, symbols[i].kind);
		assert_int_equal(judged.revocable, symbols[i].revocable);
		assert_int_equal(judged.drain, symbols[i].drain);
		assert_int_equal(judged.restorable, symbols[i].restorable);
		assert_string_equal(judged.importer, symbols[i].importer);
		assert_non_null(importer_rules[i].source);
	}
}

static void the_kernel_tells_of_importers_nobody_knows(void **state)
{
	struct attachment attachment = { .device = "lab", .has_ops = TRISTATE_NO };
	struct attachment judged;

	(void)state;
	judged = judge_one("udmabuf", LINUX_7_2, "7.2.13", &attachment);
	assert_int_equal(judged.kind, ATTACHMENT_STATIC);
	assert_int_equal(judged.revocable, VERDICT_NO);
	assert_int_equal(judged.evidence, EVIDENCE_KERNEL);
	assert_int_equal(judged.drain, DRAIN_NEVER);

	attachment = by_symbol("lab_importer_pinned_ops", false);
	judged = judge_one("udmabuf", LINUX_7_2, "7.2.13", &attachment);
	assert_int_equal(judged.kind, ATTACHMENT_PINNED);
	assert_int_equal(judged.revocable, VERDICT_NO);

	attachment = by_symbol("lab_importer_invalidate_never", true);
	attachment.module = "lab_importer";
	judged = judge_one("vfio_pci_core", LINUX_7_2, "7.2.13", &attachment);
	assert_int_equal(judged.kind, ATTACHMENT_DYNAMIC);
	assert_int_equal(judged.revocable, VERDICT_YES);
	/* a callback proves that it can be called, and nothing of how it ends */
	assert_int_equal(judged.drain, DRAIN_UNKNOWN);
	assert_int_equal(judged.restorable, TRISTATE_UNKNOWN);
}

/* What the table says of each device on Linux 7.2, on a buffer of udmabuf. */
static const struct {
	const char *name;
	enum verdict revocable;
	enum attachment_kind kind;
	const char *importer;
} devices[] = {
	{ "iommu", VERDICT_YES, ATTACHMENT_PINNED, "iommufd" },
	{ "vgem", VERDICT_NO, ATTACHMENT_STATIC, "vgem" },
	{ "vkms", VERDICT_NO, ATTACHMENT_STATIC, "vkms" },
	{ "xen!gntdev", VERDICT_NO, ATTACHMENT_STATIC, "xen_gntdev" },
	{ "amdgpu", VERDICT_YES, ATTACHMENT_DYNAMIC, "amdgpu or amdkfd" },
	{ "xe", VERDICT_DEPENDS, ATTACHMENT_DYNAMIC, "xe" },
	{ "bochs-drm", VERDICT_NO, ATTACHMENT_STATIC, "bochs" },
	{ "ast", VERDICT_NO, ATTACHMENT_STATIC, "ast" },
	{ "mgag200", VERDICT_NO, ATTACHMENT_STATIC, "mgag200" },
	{ "nouveau", VERDICT_NO, ATTACHMENT_STATIC, "nouveau" },
	{ "radeon", VERDICT_NO, ATTACHMENT_STATIC, "radeon" },
	{ "qxl", VERDICT_NO, ATTACHMENT_STATIC, "qxl" },
	{ "vmwgfx", VERDICT_NO, ATTACHMENT_STATIC, "vmwgfx" },
	{ "i915", VERDICT_NO, ATTACHMENT_STATIC, "i915" },
	{ "nvidia", VERDICT_NO, ATTACHMENT_STATIC, "nvidia" },
	{ "intel_vpu", VERDICT_NO, ATTACHMENT_STATIC, "intel_vpu" },
	{ "qaic", VERDICT_NO, ATTACHMENT_STATIC, "qaic" },
	{ "amdxdna", VERDICT_NO, ATTACHMENT_STATIC, "amdxdna" },
	{ "mlx5_core", VERDICT_UNKNOWN, ATTACHMENT_KIND_UNKNOWN,
	  "mlx5_ib, devmem TCP or io_uring" },
	{ "ice", VERDICT_UNKNOWN, ATTACHMENT_KIND_UNKNOWN,
	  "irdma, devmem TCP or io_uring" },
	{ "i40e", VERDICT_UNKNOWN, ATTACHMENT_KIND_UNKNOWN,
	  "irdma, devmem TCP or io_uring" },
	{ "virtio-pci", VERDICT_UNKNOWN, ATTACHMENT_KIND_UNKNOWN,
	  "virtio_gpu, devmem TCP or io_uring" },
	{ "bnxt_en", VERDICT_NO, ATTACHMENT_KIND_UNKNOWN,
	  "bnxt_re, devmem TCP or io_uring" },
	{ "efa", VERDICT_NO, ATTACHMENT_PINNED, "efa" },
	{ "ionic", VERDICT_NO, ATTACHMENT_KIND_UNKNOWN, "ionic_rdma" },
	{ "mana", VERDICT_NO, ATTACHMENT_KIND_UNKNOWN, "mana_ib" },
	{ "gve", VERDICT_NO, ATTACHMENT_STATIC, "devmem TCP or io_uring" },
};

static void every_known_device_is_judged_by_the_table(void **state)
{
	(void)state;
	assert_int_equal(ARRAY_SIZE(devices), n_device_rules);
	for (size_t i = 0; i < n_device_rules; i++) {
		const struct device_rule *rule = &device_rules[i];
		const struct attachment attachment = by_device(rule);
		const struct attachment judged =
			judge_one("udmabuf", LINUX_7_2, "7.2.13", &attachment);

		assert_string_equal(rule->device ? rule->device : rule->driver,
				    devices[i].name);
		assert_int_equal(judged.revocable, devices[i].revocable);
		assert_int_equal(judged.kind, devices[i].kind);
		assert_string_equal(judged.importer, devices[i].importer);
		assert_int_equal(judged.evidence, devices[i].revocable == VERDICT_UNKNOWN
							  ? EVIDENCE_NONE
							  : EVIDENCE_TABLE);
		assert_non_null(rule->source);
	}
}

/* The same attachment, seen by the kernel's own structures: never another verdict. */
static void table_and_kernel_never_disagree(void **state)
{
	static const struct {
		const char *exporter;
		uint32_t features;
		const char *kernel;
	} hosts[] = {
		{ "udmabuf", LINUX_7_2, "7.2.13" },
		{ "udmabuf", LINUX_6_1, "6.1" },
		{ "drm", LINUX_6_1, "6.1.147" },
		{ "udmabuf", LINUX_6_12, "6.12" },
		{ "vfio_pci_core", LINUX_7_2, "7.2.13" },
		{ "udmabuf", LINUX_6_19, "6.19" },
		{ "vfio_pci_core", LINUX_6_19, "6.19" },
		{ "udmabuf", 0, "6.18.1" },
	};

	(void)state;
	for (size_t h = 0; h < ARRAY_SIZE(hosts); h++)
		for (size_t i = 0; i < n_device_rules; i++) {
			struct attachment attachment = by_device(&device_rules[i]);
			struct attachment weak, strong;

			weak = judge_one(hosts[h].exporter, hosts[h].features,
					 hosts[h].kernel, &attachment);
			attachment.symbol = device_rules[i].symbol;
			attachment.has_callback =
				attachment.symbol ? TRISTATE_YES : TRISTATE_NO;
			attachment.has_ops =
				device_rules[i].other_kind == ATTACHMENT_PINNED
					? TRISTATE_YES
					: attachment.has_callback;
			/* VFIO of 7.1 and later has no static importers at all */
			if (!attachment.symbol && hosts[h].features == LINUX_7_2 &&
			    strcmp(hosts[h].exporter, "vfio_pci_core") == 0)
				continue;
			strong = judge_one(hosts[h].exporter, hosts[h].features,
					   hosts[h].kernel, &attachment);
			assert_int_equal(strong.evidence, EVIDENCE_KERNEL);
			if (weak.revocable != VERDICT_UNKNOWN)
				assert_int_equal(weak.revocable, strong.revocable);
			if (weak.kind != ATTACHMENT_KIND_UNKNOWN)
				assert_int_equal(weak.kind, strong.kind);
			if (weak.restorable != TRISTATE_UNKNOWN)
				assert_int_equal(weak.restorable, strong.restorable);
		}
}

static void vfio_admits_only_revocable_importers(void **state)
{
	struct attachment attachment = { .device = "0000:09:00.0" };
	struct attachment judged;

	(void)state;
	judged = judge_one("vfio_pci_core", LINUX_7_2, "6.18.9-backports", &attachment);
	assert_int_equal(judged.revocable, VERDICT_YES);
	assert_int_equal(judged.evidence, EVIDENCE_EXPORTER);
	assert_int_equal(judged.drain, DRAIN_UNKNOWN);
	assert_int_equal(judged.restorable, TRISTATE_UNKNOWN);

	/* of several importers of a device only one can have got in */
	attachment.driver = "mlx5_core";
	judged = judge_one("vfio_pci_core", LINUX_7_2, "7.2.13", &attachment);
	assert_int_equal(judged.evidence, EVIDENCE_EXPORTER);
	assert_string_equal(judged.importer, "mlx5_ib");
	assert_int_equal(judged.restorable, TRISTATE_YES);

	/* and that the exporter admits it does not make this one unmap */
	attachment.driver = "xe";
	judged = judge_one("vfio_pci_core", LINUX_7_2, "7.2.13", &attachment);
	assert_int_equal(judged.revocable, VERDICT_DEPENDS);
	assert_int_equal(judged.evidence, EVIDENCE_TABLE);
}

static void a_release_counts_only_where_nothing_could_be_probed(void **state)
{
	const struct attachment attachment = { .device = "iommu" };
	struct attachment judged;

	(void)state;
	judged = judge_one("vfio_pci_core", 0, "7.1.4", &attachment);
	assert_int_equal(judged.revocable, VERDICT_YES);
	assert_int_equal(judged.evidence, EVIDENCE_TABLE);
	judged = judge_one("vfio_pci_core", 0, "7.0.9", &attachment);
	assert_int_equal(judged.revocable, VERDICT_UNKNOWN);
	judged = judge_one("vfio_pci_core", 0, NULL, &attachment);
	assert_int_equal(judged.revocable, VERDICT_UNKNOWN);
	judged = judge_one("vfio_pci_core", LINUX_6_19, "7.2", &attachment);
	assert_int_not_equal(judged.revocable, VERDICT_NO);
}

static void before_7_1_importers_only_follow_moves(void **state)
{
	const struct attachment table = { .device = "0000:09:00.0", .driver = "amdgpu" };
	const struct attachment kernel = by_symbol("amdgpu_dma_buf_move_notify", true);
	const struct attachment dummy =
		by_symbol("ib_umem_dmabuf_unsupported_move_notify", true);
	struct attachment judged;

	(void)state;
	judged = judge_one("drm", LINUX_6_12, "6.12.30", &table);
	assert_int_equal(judged.revocable, VERDICT_NO);
	assert_int_equal(judged.kind, ATTACHMENT_DYNAMIC);
	assert_int_equal(judged.evidence, EVIDENCE_TABLE);
	judged = judge_one("drm", LINUX_6_12, "6.18", &kernel);
	assert_int_equal(judged.revocable, VERDICT_NO);
	assert_int_equal(judged.evidence, EVIDENCE_KERNEL);
	judged = judge_one("drm", LINUX_6_12, "6.18", &dummy);
	assert_int_equal(judged.revocable, VERDICT_NO);
	assert_int_equal(judged.kind, ATTACHMENT_PINNED);
	/* the first exporters of VFIO revoked by the same callback */
	judged = judge_one("vfio_pci_core", LINUX_6_19, "6.19", &kernel);
	assert_int_equal(judged.revocable, VERDICT_YES);
	/* without BTF nobody knows what was backported */
	judged = judge_one("drm", 0, "6.12.30", &table);
	assert_int_equal(judged.revocable, VERDICT_UNKNOWN);
}

/* The oldest kernel that is supported, where no importer knows more than moves. */
static void on_6_1_no_attachment_can_be_revoked(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(devices); i++) {
		const struct attachment attachment = by_device(&device_rules[i]);
		const struct attachment judged =
			judge_one("drm", LINUX_6_1, "6.1.147", &attachment);

		assert_int_not_equal(judged.revocable, VERDICT_YES);
		assert_int_not_equal(judged.revocable, VERDICT_DEPENDS);
		assert_string_equal(judged.importer, devices[i].importer);
	}
	for (size_t i = 0; i < ARRAY_SIZE(symbols); i++) {
		const struct attachment attachment =
			by_symbol(symbols[i].symbol, symbols[i].has_callback);
		const struct attachment judged =
			judge_one("drm", LINUX_6_1, "6.1.147", &attachment);

		assert_int_equal(judged.revocable, VERDICT_NO);
		assert_int_equal(judged.evidence, EVIDENCE_KERNEL);
		assert_string_equal(judged.importer, symbols[i].importer);
	}
}

static void sysfs_tells_the_driver_of_an_attached_device(void **state)
{
	const struct attachment attachment = { .device = "0000:09:00.0" };
	const struct device device = { .address = "0000:09:00.0",
				       .bus = "pci",
				       .driver = "bochs-drm" };
	const struct buffer *buffer;
	struct scene scene;

	(void)state;
	scene_begin(&scene, "udmabuf", LINUX_7_2, "7.2.13");
	scene_attach(&scene, &attachment);
	assert_int_equal(builder_device(scene.builder, &device), 0);
	buffer = scene_judge(&scene);
	assert_int_equal(buffer->attachments[0].revocable, VERDICT_NO);
	assert_string_equal(buffer->attachments[0].importer, "bochs");
	scene_end(&scene);
}

/* The verdict of a VFIO buffer with these attachments, its reason checked. */
static void expect_vfio(uint32_t features, const struct attachment *attachments,
			size_t count, enum verdict verdict, const char *reason)
{
	const struct buffer *buffer;
	struct scene scene;

	scene_begin(&scene, "vfio_pci_core", features, "7.2.13");
	for (size_t i = 0; i < count; i++)
		scene_attach(&scene, &attachments[i]);
	buffer = scene_judge(&scene);
	assert_int_equal(buffer->revocable, verdict);
	assert_non_null(strstr(buffer->reason, reason));
	scene_end(&scene);
}

static void a_buffer_is_as_revocable_as_its_worst_importer(void **state)
{
	struct attachment attachments[] = {
		by_symbol("iopt_revoke_notify", true),
		by_symbol("xe_dma_buf_move_notify", true),
		{ .device = "0000:0a:00.0", .has_ops = TRISTATE_NO },
	};

	(void)state;
	attachments[0].device = "iommu";
	expect_vfio(LINUX_7_2, NULL, 0, VERDICT_YES, "nobody is attached");
	expect_vfio(LINUX_7_2, attachments, 1, VERDICT_YES, "every importer");
	expect_vfio(LINUX_7_2, attachments, 2, VERDICT_DEPENDS, "0000:09:00.0 (xe)");
	expect_vfio(LINUX_7_2, attachments, 3, VERDICT_NO, "0000:0a:00.0");
	expect_vfio(LINUX_6_19, attachments, 1, VERDICT_DEPENDS, "without waiting");
	/* who cannot be told to let go does not on any kernel */
	expect_vfio(LINUX_6_19, attachments, 3, VERDICT_NO, "0000:0a:00.0");
}

static void attachments_nobody_could_list_leave_it_unknown(void **state)
{
	const struct buffer hidden = {
		.inode = 9,
		.exporter = "vfio_pci_core",
		.region = -1,
		.mappings = -1,
		.state = BUFFER_STATE_UNKNOWN,
	};
	struct scene scene;

	(void)state;
	scene_begin(&scene, "udmabuf", LINUX_7_2, "7.2.13");
	assert_int_equal(builder_buffer(scene.builder, &hidden), 0);
	(void)scene_judge(&scene);
	assert_int_equal(snapshot_buffer(scene.snapshot, 9)->revocable, VERDICT_UNKNOWN);
	scene_end(&scene);
}

static void an_orphan_is_revoked_for_good(void **state)
{
	const struct buffer orphan = {
		.inode = 9,
		.exporter = "vfio_pci_core",
		.region = -1,
		.mappings = -1,
		.attachments_known = true,
		.state = BUFFER_STATE_ORPHANED,
		.state_evidence = EVIDENCE_KERNEL,
	};
	const struct attachment attachment = { .inode = 9,
					       .device = "lab",
					       .has_ops = TRISTATE_NO };
	struct scene scene;

	(void)state;
	scene_begin(&scene, "udmabuf", LINUX_7_2, "7.2.13");
	assert_int_equal(builder_buffer(scene.builder, &orphan), 0);
	assert_int_equal(builder_attachment(scene.builder, &attachment), 0);
	(void)scene_judge(&scene);
	assert_int_equal(snapshot_buffer(scene.snapshot, 9)->revocable, VERDICT_YES);
	assert_non_null(strstr(snapshot_buffer(scene.snapshot, 9)->reason, "for good"));
	scene_end(&scene);
}

/* What is said of the memory of each exporter. */
static const struct {
	const char *exporter;
	const char *what;
} exporters[] = {
	{ "udmabuf", "memory of a memfd" },
	{ "system", "memory of a dma-heap" },
	{ "system_cc_shared", "memory of a dma-heap" },
	{ "default_cma_region", "memory of a dma-heap" },
	{ "reserved", "memory of a dma-heap" },
	{ "linux,cma", "memory of a dma-heap" },
	{ "tee", "memory of a dma-heap" },
	{ "drm", "a graphics driver" },
	{ "i915", "a graphics driver" },
	{ "virtio_gpu", "a graphics driver" },
	{ "msm", "a graphics driver" },
	{ "panfrost", "a graphics driver" },
	{ "panthor", "a graphics driver" },
	{ "armada", "a graphics driver" },
	{ "omapdrm", "a graphics driver" },
	{ "tegra_drm", "a graphics driver" },
	{ "vmwgfx", "a graphics driver" },
	{ "amdxdna", "memory of an accelerator" },
	{ "ivpu_userptr_dmabuf", "memory of an accelerator" },
	{ "habanalabs", "memory of an accelerator" },
	{ "ib_uverbs", "when its RDMA object is destroyed" },
	{ "mbochs", "memory of a mediated device" },
	{ "videobuf2_dma_contig", "memory of a media device" },
	{ "videobuf2_dma_sg", "memory of a media device" },
	{ "videobuf2_vmalloc", "memory of a media device" },
	{ "fastrpc", "memory of a signal processor" },
	{ "snd_soc_fsl_asrc", "memory of a sound device" },
	{ "xen_gntdev", "memory granted to another domain" },
};

static void no_other_exporter_can_be_asked(void **state)
{
	(void)state;
	assert_int_equal(ARRAY_SIZE(exporters), n_exporter_rules);
	for (size_t i = 0; i < ARRAY_SIZE(exporters); i++) {
		const struct buffer *buffer;
		struct scene scene;

		scene_begin(&scene, exporters[i].exporter, LINUX_7_2, "7.2.13");
		buffer = scene_judge(&scene);
		assert_int_equal(buffer->revocable, VERDICT_NO);
		assert_non_null(strstr(buffer->reason, exporters[i].what));
		assert_non_null(exporter_rule_find(exporters[i].exporter)->source);
		scene_end(&scene);
	}
	assert_null(exporter_rule_find("vfio_pci_core"));
}

static void who_could_end_it_instead_is_named(void **state)
{
	const struct attachment attachment = { .device = "vgem", .has_ops = TRISTATE_NO };
	const struct buffer *buffer;
	struct scene scene;

	(void)state;
	scene_begin(&scene, "udmabuf", LINUX_7_2, "7.2.13");
	scene_attach(&scene, &attachment);
	assert_int_equal(builder_process(scene.builder, 12, "camera", NULL), 0);
	assert_int_equal(builder_process(scene.builder, 13, "screen", NULL), 0);
	assert_int_equal(builder_holder(scene.builder, INODE, 12, HOLDER_FD, 3), 0);
	assert_int_equal(builder_holder(scene.builder, INODE, 12, HOLDER_MAP, -1), 0);
	assert_int_equal(builder_user(scene.builder, "vgem", 13), 0);
	buffer = scene_judge(&scene);
	assert_non_null(strstr(buffer->reason, "; screen[13] or camera[12] can end it"));
	scene_end(&scene);
}

static void many_keepers_are_not_all_named(void **state)
{
	const struct buffer *buffer;
	struct scene scene;

	(void)state;
	scene_begin(&scene, "udmabuf", LINUX_7_2, "7.2.13");
	for (int pid = 1; pid <= 5; pid++) {
		assert_int_equal(builder_process(scene.builder, pid, "p", NULL), 0);
		assert_int_equal(builder_holder(scene.builder, INODE, pid, HOLDER_FD, 3),
				 0);
	}
	buffer = scene_judge(&scene);
	assert_non_null(
		strstr(buffer->reason, "; p[1], p[2], p[3] and others can end it"));
	scene_end(&scene);
}

static void an_exporter_nobody_knows_is_unknown(void **state)
{
	const struct buffer *buffer;
	struct scene scene;

	(void)state;
	scene_begin(&scene, "nvidia", LINUX_7_2, "7.2.13");
	buffer = scene_judge(&scene);
	assert_int_equal(buffer->revocable, VERDICT_UNKNOWN);
	scene_end(&scene);
}

static void importer_is_the_module_of_the_symbol(void **state)
{
	(void)state;
	assert_string_equal(importer_of_symbol("mlx5_ib_dmabuf_invalidate_cb", "mlx5_ib"),
			    "mlx5_ib");
	assert_string_equal(importer_of_symbol("whatever", "some_module"), "some_module");
}

static void built_in_importers_are_known_by_their_symbols(void **state)
{
	(void)state;
	assert_string_equal(importer_of_symbol("iopt_revoke_notify", NULL), "iommufd");
	assert_string_equal(importer_of_symbol("xe_dma_buf_move_notify", NULL), "xe");
	assert_null(importer_of_symbol("some_function", NULL));
	assert_null(importer_of_symbol(NULL, NULL));
}

static void importers_that_share_a_symbol_are_named_together(void **state)
{
	struct attachment attachment = by_symbol("amdgpu_dma_buf_move_notify", true);
	struct attachment judged;

	(void)state;
	attachment.module = "amdgpu";
	judged = judge_one("vfio_pci_core", LINUX_7_2, "7.2.13", &attachment);
	assert_string_equal(judged.importer, "amdgpu or amdkfd");
}

static bool has_bug(const struct snapshot *snapshot, const char *word)
{
	const char *bugs[KNOWN_BUGS_MAX];
	bool known, found = false;
	size_t count = judge_known_bugs(snapshot, bugs, &known);

	assert_true(known);
	for (size_t i = 0; i < count; i++)
		found |= strstr(bugs[i], word) != NULL;
	return found;
}

static void known_bugs_follow_from_what_was_probed(void **state)
{
	const struct snapshot unprobed = { .kernel = "7.1.2" };
	const struct snapshot first = { .kernel = "6.19", .features = LINUX_6_19 };
	const struct snapshot second = { .kernel = "7.1.2", .features = LINUX_7_2 };
	const struct snapshot third = { .kernel = "7.2.13",
					.features = LINUX_7_2 | FEATURE_SAFE_OVERRIDE };
	const char *bugs[KNOWN_BUGS_MAX];
	bool known = true;

	(void)state;
	assert_int_equal(judge_known_bugs(&unprobed, bugs, &known), 0);
	assert_false(known);
	assert_true(has_bug(&first, "does not wait"));
	assert_true(has_bug(&second, "may underflow"));
	assert_true(has_bug(&second, "driver_override"));
	assert_false(has_bug(&third, "underflow"));
	assert_false(has_bug(&third, "does not wait"));
	assert_false(has_bug(&third, "driver_override"));
	assert_true(has_bug(&third, "xe"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_known_importer_is_judged_by_its_symbol),
		cmocka_unit_test(the_kernel_tells_of_importers_nobody_knows),
		cmocka_unit_test(every_known_device_is_judged_by_the_table),
		cmocka_unit_test(table_and_kernel_never_disagree),
		cmocka_unit_test(vfio_admits_only_revocable_importers),
		cmocka_unit_test(a_release_counts_only_where_nothing_could_be_probed),
		cmocka_unit_test(before_7_1_importers_only_follow_moves),
		cmocka_unit_test(on_6_1_no_attachment_can_be_revoked),
		cmocka_unit_test(sysfs_tells_the_driver_of_an_attached_device),
		cmocka_unit_test(a_buffer_is_as_revocable_as_its_worst_importer),
		cmocka_unit_test(attachments_nobody_could_list_leave_it_unknown),
		cmocka_unit_test(an_orphan_is_revoked_for_good),
		cmocka_unit_test(no_other_exporter_can_be_asked),
		cmocka_unit_test(who_could_end_it_instead_is_named),
		cmocka_unit_test(many_keepers_are_not_all_named),
		cmocka_unit_test(an_exporter_nobody_knows_is_unknown),
		cmocka_unit_test(importer_is_the_module_of_the_symbol),
		cmocka_unit_test(built_in_importers_are_known_by_their_symbols),
		cmocka_unit_test(importers_that_share_a_symbol_are_named_together),
		cmocka_unit_test(known_bugs_follow_from_what_was_probed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
