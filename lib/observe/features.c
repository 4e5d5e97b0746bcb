/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/observe/features.h"

#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/model/feature.h"
#include "lib/observe/observers.h"

#define TYPES "/sys/kernel/btf"

static void cleanup_types(struct btf **types)
{
	btf__free(*types);
}

/* NULL: there is none. */
static const struct btf_type *find_struct(const struct btf *types, const char *name)
{
	int id = btf__find_by_name_kind(types, name, BTF_KIND_STRUCT);

	return id < 0 ? NULL : btf__type_by_id(types, (__u32)id);
}

static bool has_member(const struct btf *types, const char *type, const char *member)
{
	const struct btf_type *found = find_struct(types, type);
	const struct btf_member *members;

	if (!found)
		return false;
	members = btf_members(found);
	for (__u32 i = 0; i < btf_vlen(found); i++) {
		const char *name = btf__name_by_offset(types, members[i].name_off);

		if (name && strcmp(name, member) == 0)
			return true;
	}
	return false;
}

uint32_t features_of_types(const struct btf *kernel, const struct btf *vfio,
			   const struct btf *vfio_pci_core)
{
	uint32_t features = FEATURE_PROBED;

	vfio = vfio ? vfio : kernel;
	vfio_pci_core = vfio_pci_core ? vfio_pci_core : kernel;
	if (has_member(kernel, "dma_buf_attach_ops", "invalidate_mappings"))
		features |= FEATURE_INVALIDATE_MAPPINGS;
	if (has_member(kernel, "dma_buf_attach_ops", "move_notify"))
		features |= FEATURE_MOVE_NOTIFY;
	if (find_struct(vfio_pci_core, "vfio_pci_dma_buf"))
		features |= FEATURE_VFIO_DMA_BUF;
	if (has_member(vfio_pci_core, "vfio_pci_dma_buf", "comp"))
		features |= FEATURE_VFIO_WAITS;
	if (has_member(kernel, "device", "driver_override"))
		features |= FEATURE_SAFE_OVERRIDE;
	if (find_struct(vfio, "vfio_device_file"))
		features |= FEATURE_VFIO_OWNERS;
	return features;
}

/* Nothing of this asks for a capability: the files are readable for everybody. */
void observe_features(const struct root *root, struct sink *sink)
{
	_cleanup_(cleanup_types) struct btf *kernel = NULL, *vfio = NULL, *core = NULL;
	struct record_features record = { 0 };

	if (root->captured)
		return;
	(void)libbpf_set_print(NULL);
	kernel = btf__parse(TYPES "/vmlinux", NULL);
	if (!kernel)
		return;
	vfio = btf__parse_split(TYPES "/vfio", kernel);
	core = btf__parse_split(TYPES "/vfio_pci_core", kernel);
	record.features = features_of_types(kernel, vfio, core);
	record_init(&record.header, RECORD_FEATURES, SOURCE_BPF, sizeof(record));
	sink_put(sink, &record.header);
}
