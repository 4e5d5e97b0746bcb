/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "lib/judge/importers.h"
#include "lib/judge/judge-internal.h"

/* What has been found out about an attachment, before it is written down. */
struct judgement {
	enum verdict revocable;
	enum evidence evidence;
	enum attachment_kind kind;
	enum drain drain;
	enum tristate restorable;
	const char *importer; /* NULL: leave what is known */
	const char *reason;
};

static struct judgement refuse(enum evidence evidence, enum attachment_kind kind,
			       const char *importer, const char *reason)
{
	return (struct judgement){
		.revocable = VERDICT_NO,
		.evidence = evidence,
		.kind = kind,
		.drain = DRAIN_NEVER,
		.importer = importer,
		.reason = reason,
	};
}

static struct judgement by_rule(enum evidence evidence, const struct importer_rule *rule)
{
	return (struct judgement){
		.revocable = rule->revocable,
		.evidence = evidence,
		.kind = rule->kind,
		.drain = rule->drain,
		.restorable = rule->restorable,
		.importer = rule->importer,
		.reason = rule->reason,
	};
}

static struct judgement unknown(const char *importer, const char *reason)
{
	return (struct judgement){ .importer = importer, .reason = reason };
}

/*
 * Before Linux 7.1 callbacks told importers of moves, after which they map again; only
 * the first VFIO exporters (6.19) used them to revoke.
 */
static bool only_follows_moves(const struct kernel_rules *rules,
			       const struct buffer *buffer)
{
	return rules->invalidates == TRISTATE_NO && !buffer_is_of_vfio(buffer);
}

static struct judgement follow_moves(enum evidence evidence, enum attachment_kind kind,
				     const char *importer)
{
	return refuse(evidence, kind, importer,
		      "this kernel cannot tell importers to let go for good");
}

/* The importer's ops are known: whether it has any, whether they have a callback. */
static struct judgement by_kernel(const struct kernel_rules *rules,
				  const struct buffer *buffer,
				  const struct attachment *attachment)
{
	const struct importer_rule *rule = importer_rule_find(attachment->symbol);

	if (attachment->has_ops == TRISTATE_NO)
		return refuse(EVIDENCE_KERNEL, ATTACHMENT_STATIC, NULL,
			      "a static importer: it has no callback, and keeps the "
			      "buffer until it lets go");
	if (attachment->has_callback == TRISTATE_NO)
		return refuse(EVIDENCE_KERNEL, ATTACHMENT_PINNED, NULL,
			      rule ? rule->reason
				   : "it pins the buffer and has no callback: it keeps "
				     "it until it lets go");
	if (only_follows_moves(rules, buffer) && (!rule || rule->revocable != VERDICT_NO))
		return follow_moves(EVIDENCE_KERNEL,
				    rule ? rule->kind : ATTACHMENT_DYNAMIC,
				    rule ? rule->importer : NULL);
	if (rule)
		return by_rule(EVIDENCE_KERNEL, rule);
	return (struct judgement){
		.revocable = VERDICT_YES,
		.evidence = EVIDENCE_KERNEL,
		.kind = ATTACHMENT_DYNAMIC,
		.reason = "it has the callback; nothing tells how soon it lets go",
	};
}

static struct judgement by_device(const struct device_rule *rule,
				  const struct kernel_rules *rules,
				  const struct buffer *buffer)
{
	const struct importer_rule *importer;

	if (!rule)
		return unknown(NULL, "neither the kernel nor a table tells its importer");
	if (!rule->symbol)
		return refuse(EVIDENCE_TABLE, rule->other_kind, rule->other_importer,
			      rule->other_reason);
	if (rule->other_importer)
		return unknown(rule->other_importer,
			       "several importers attach this device: only BPF tells "
			       "which");
	importer = importer_rule_find(rule->symbol);
	if (only_follows_moves(rules, buffer))
		return follow_moves(EVIDENCE_TABLE, importer->kind, importer->importer);
	if (rules->invalidates == TRISTATE_YES)
		return by_rule(EVIDENCE_TABLE, importer);
	return unknown(importer->importer,
		       "nothing tells whether this kernel can make it let go");
}

/* VFIO admits only importers with the callback (7.2 vfio_pci_dmabuf.c:25-40). */
static struct judgement by_exporter(const struct device_rule *rule,
				    const struct kernel_rules *rules)
{
	/* by the release alone it is a rule of a table, and no probed fact */
	enum evidence evidence = rules->probed ? EVIDENCE_EXPORTER : EVIDENCE_TABLE;

	if (rule && rule->symbol) {
		struct judgement judgement =
			by_rule(evidence, importer_rule_find(rule->symbol));

		if (judgement.revocable != VERDICT_YES)
			judgement.evidence = EVIDENCE_TABLE;
		return judgement;
	}
	return (struct judgement){
		.revocable = VERDICT_YES,
		.evidence = evidence,
		.reason = "VFIO admits only importers with the callback; nothing tells "
			  "how soon this one lets go",
	};
}

/* The driver of an attached PCI device; BPF tells it, else sysfs has. */
static const char *driver_of(const struct snapshot *snapshot,
			     const struct attachment *attachment)
{
	const struct device *device;

	if (attachment->driver)
		return attachment->driver;
	device = snapshot_device(snapshot, attachment->device);
	return device && device->bus && strcmp(device->bus, "pci") == 0 ? device->driver
									: NULL;
}

static struct judgement judge(const struct snapshot *snapshot,
			      const struct kernel_rules *rules,
			      const struct buffer *buffer,
			      const struct attachment *attachment)
{
	const struct device_rule *rule =
		device_rule_find(attachment->device, driver_of(snapshot, attachment));

	if (attachment->has_ops != TRISTATE_UNKNOWN) {
		struct judgement judgement = by_kernel(rules, buffer, attachment);

		/* no symbol names a static importer, but perhaps its device does */
		if (rule && !rule->symbol && rule->other_kind == judgement.kind)
			judgement.importer = rule->other_importer;
		return judgement;
	}
	if (buffer_is_of_vfio(buffer) && rules->vfio_waits == TRISTATE_YES)
		return by_exporter(rule, rules);
	return by_device(rule, rules, buffer);
}

void judge_attachment(const struct snapshot *snapshot, const struct kernel_rules *rules,
		      const struct buffer *buffer, struct attachment *attachment)
{
	struct judgement judgement = judge(snapshot, rules, buffer, attachment);

	attachment->importer = importer_of_symbol(attachment->symbol, attachment->module);
	/* several that share a symbol are named together */
	if (judgement.importer &&
	    (!attachment->importer || strstr(judgement.importer, " or ")))
		attachment->importer = judgement.importer;
	attachment->kind = judgement.kind;
	attachment->revocable = judgement.revocable;
	attachment->evidence = judgement.evidence;
	attachment->drain = judgement.drain;
	attachment->restorable = judgement.restorable;
	attachment->reason = judgement.reason;
}
