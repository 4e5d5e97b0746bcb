/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_TESTS_UNIT_READINESS_H
#define DMABUFCTL_TESTS_UNIT_READINESS_H

/* A small host with devices, and what judge_readiness() finds on one of them. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/judge/judge.h"
#include "lib/model/snapshot-builder.h"

#define DEVICE "0000:03:00.0"
#define OTHER "0000:03:01.0"
#define FAR "0000:04:00.0"
#define UUID "83b8f4f2-509f-382f-3c1e-e6bfe0fa1001"

enum {
	INODE = 7,
	OWNER = 49,
	HOLDER = 50,
	USER = 51,
	GROUP = 5,
	OTHER_GROUP = 6,
	SEEN_ALL = SEEN_OWNERS | SEEN_TASKS | SEEN_USES | SEEN_SETTINGS | SEEN_DEVICES,
};

struct scene {
	struct snapshot_builder *builder;
	struct snapshot *snapshot; /* from scene_build() on */
	struct readiness *answer; /* from scene_check() on */
};

/* A host on which everything was seen that seen says. */
static inline struct scene scene_begin(unsigned int seen)
{
	struct scene scene = { .builder = snapshot_builder_new() };

	assert_non_null(scene.builder);
	builder_seen(scene.builder, seen);
	return scene;
}

static inline void scene_add(struct scene *scene, const struct device *device)
{
	assert_int_equal(builder_device(scene->builder, device), 0);
}

static inline void scene_vfio(struct scene *scene, const char *address, int group)
{
	const struct device device = {
		.address = address,
		.bus = "pci",
		.driver = "vfio-pci",
		.vfio_bound = true,
		.iommu_group = group,
		.command = -1,
	};

	scene_add(scene, &device);
}

static inline void scene_host_driven(struct scene *scene, const char *address, int group,
				     const char *driver, uint32_t class)
{
	const struct device device = {
		.address = address,
		.bus = "pci",
		.driver = driver,
		.class = class,
		.iommu_group = group,
		.command = -1,
	};

	scene_add(scene, &device);
}

static inline void scene_process(struct scene *scene, pid_t pid, const char *comm,
				 const char *unit)
{
	assert_int_equal(builder_process(scene->builder, pid, comm, unit), 0);
}

/* The process OWNER, "qemu" of vm.service, has it open as fd 5. */
static inline void scene_owner(struct scene *scene, const char *address)
{
	scene_process(scene, OWNER, "qemu", "vm.service");
	assert_int_equal(builder_owner(scene->builder, address, OWNER, 5), 0);
}

/* device may be NULL: nobody can tell whose it is. */
static inline void scene_buffer(struct scene *scene, const char *device,
				enum buffer_state state)
{
	const struct buffer buffer = {
		.inode = INODE,
		.size = 4096,
		.exporter = "vfio_pci_core",
		.device = device,
		.region = -1,
		.references = 1,
		.mappings = -1,
		.attachments_known = true,
		.state = state,
		.state_evidence = EVIDENCE_KERNEL,
	};

	assert_int_equal(builder_buffer(scene->builder, &buffer), 0);
}

/* Of FAR by an importer of that name, to the buffer INODE. */
static inline void scene_attachment(struct scene *scene, const char *importer,
				    enum verdict revocable, enum drain drain,
				    enum tristate restorable)
{
	const struct attachment attachment = {
		.inode = INODE,
		.device = FAR,
		.importer = importer,
		.revocable = revocable,
		.drain = drain,
		.restorable = restorable,
		.reason = "so says the test",
	};

	assert_int_equal(builder_attachment(scene->builder, &attachment), 0);
}

static inline void scene_build(struct scene *scene)
{
	assert_int_equal(builder_finish(scene->builder, &scene->snapshot), 0);
	scene->builder = NULL;
}

/* Asks about that device; may be called again for another. */
static inline void scene_check(struct scene *scene, const char *address)
{
	const struct device *device;

	if (!scene->snapshot)
		scene_build(scene);
	device = snapshot_device(scene->snapshot, address);
	assert_non_null(device);
	readiness_free(scene->answer);
	scene->answer = NULL;
	assert_int_equal(judge_readiness(scene->snapshot, device, &scene->answer), 0);
	assert_string_equal(scene->answer->device, address);
}

static inline void scene_end(struct scene *scene)
{
	readiness_free(scene->answer);
	snapshot_free(scene->snapshot);
}

static inline size_t count_kind(const struct finding *findings, size_t n, int kind)
{
	size_t count = 0;

	for (size_t i = 0; i < n; i++)
		count += findings[i].kind == kind;
	return count;
}

static inline size_t n_obstacles(const struct scene *scene, enum obstacle_kind kind)
{
	return count_kind(scene->answer->obstacles, scene->answer->n_obstacles,
			  (int)kind);
}

static inline size_t n_notes(const struct scene *scene, enum note_kind kind)
{
	return count_kind(scene->answer->notes, scene->answer->n_notes, (int)kind);
}

/* The one obstacle of that kind. */
static inline const struct finding *obstacle(const struct scene *scene,
					     enum obstacle_kind kind)
{
	const struct finding *finding = scene->answer->obstacles;

	assert_int_equal(n_obstacles(scene, kind), 1);
	while (finding->kind != (int)kind)
		finding++;
	assert_non_null(finding->reason);
	assert_non_null(finding->remedy);
	return finding;
}

static inline const struct finding *note(const struct scene *scene, enum note_kind kind)
{
	const struct finding *finding = scene->answer->notes;

	assert_int_equal(n_notes(scene, kind), 1);
	while (finding->kind != (int)kind)
		finding++;
	assert_non_null(finding->reason);
	assert_null(finding->remedy);
	return finding;
}

static inline void like(const char *text, const char *part)
{
	if (!text || !strstr(text, part))
		fail_msg("\"%s\" is not in \"%s\"", part, text ? text : "(null)");
}

static inline void unlike(const char *text, const char *part)
{
	if (strstr(text, part))
		fail_msg("\"%s\" is in \"%s\"", part, text);
}

/* Names it OWNER, with what is known of him. */
static inline void is_the_owner(const struct finding *finding)
{
	assert_int_equal(finding->pid, OWNER);
	assert_string_equal(finding->comm, "qemu");
	assert_string_equal(finding->unit, "vm.service");
	assert_false(finding->bounded);
}

#endif
