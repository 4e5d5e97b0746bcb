/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_OBSERVE_KERNEL_READ_BPF_H
#define DMABUFCTL_OBSERVE_KERNEL_READ_BPF_H

/* What several BPF programs read of the kernel. Included after bpf_core_read.h. */

#include "lib/observe/kernel-types.bpf.h"

/*
 * Texts are compared as words: memcmp() does not exist in BPF, and a loop over bytes is
 * a branch a byte, which the verifier follows each.
 */
union text16 {
	char bytes[16];
	__u64 words[2];
};

static __always_inline bool same_text16(const union text16 *one,
					const union text16 *other)
{
	return !((one->words[0] ^ other->words[0]) | (one->words[1] ^ other->words[1]));
}

/* Is a text of the kernel this one, of at most 14 bytes? */
static __always_inline bool kernel_text_is(const void *text, const union text16 *expected)
{
	union text16 copy = {};

	bpf_probe_read_kernel_str(copy.bytes, sizeof(copy.bytes), text);
	return same_text16(&copy, expected);
}

static __always_inline void device_name(char *name, __u32 size, struct device *device)
{
	const char *text = BPF_CORE_READ(device, kobj.name);

	if (!text)
		text = BPF_CORE_READ(device, init_name);
	name[0] = '\0';
	bpf_probe_read_kernel_str(name, size, text);
}

/*
 * The symbol of the importer's callback, or where it has none of its ops; "" for static
 * importers. Returns whether there is a callback.
 */
static __always_inline bool importer_symbol(char *symbol, __u32 size,
					    const struct dma_buf_attach_ops *ops)
{
	static const char format[] = "%ps";
	__u64 address[1] = { (unsigned long)ops };
	void *callback = NULL;

	symbol[0] = '\0';
	if (!ops)
		return false;
	if (bpf_core_field_exists(ops->invalidate_mappings))
		callback = BPF_CORE_READ(ops, invalidate_mappings);
	else if (bpf_core_field_exists(ops->move_notify))
		callback = BPF_CORE_READ(ops, move_notify);
	if (callback)
		address[0] = (unsigned long)callback;
	bpf_snprintf(symbol, size, format, address, sizeof(address));
	return callback != NULL;
}

#endif
