/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/cleanup.h"
#include "lib/model/snapshot-builder.h"
#include "lib/wire/json.h"
#include "lib/wire/snapshot-json.h"
#include "lib/wire/snapshot-parse.h"

/* The contract of the manual page, key by key and in its order. */
static const char full_list[] =
	"{\"buffers\":[{\"inode\":7,\"size\":4096,\"exporter\":\"vfio_pci_core\","
	"\"name\":\"gpu-bar2\",\"device\":\"0000:03:00.0\",\"region\":2,"
	"\"ranges\":[{\"offset\":0,\"length\":4096}],\"state\":\"live\","
	"\"state_evidence\":\"kernel\",\"revocable\":\"yes\",\"reason\":\"because\","
	"\"references\":2,\"attachments\":[{\"device\":\"iommu\",\"bus\":null,"
	"\"driver\":null,\"importer\":\"iommufd\",\"kind\":\"dynamic\","
	"\"revocable\":\"yes\",\"evidence\":\"kernel\",\"reason\":\"why\","
	"\"restorable\":false,\"peer2peer\":true,"
	"\"users\":[{\"pid\":49,\"comm\":\"qemu-system-x86\",\"unit\":\"vm.scope\"}]}],"
	"\"holders\":[{\"pid\":49,\"comm\":\"qemu-system-x86\",\"kind\":\"fd\",\"fd\":5,"
	"\"unit\":\"vm.scope\"},{\"pid\":50,\"comm\":\"other\",\"kind\":\"map\","
	"\"fd\":null,\"unit\":null}],\"mappings\":2,"
	"\"fences\":[\"lab_importer\"],\"writer\":{\"pid\":49,"
	"\"comm\":\"qemu-system-x86\",\"unit\":\"vm.scope\"}}],"
	"\"sources\":{\"bpf\":\"ok\",\"bufinfo\":\"unused\","
	"\"sysfs\":\"missing: not in this kernel\",\"proc\":\"partial: 3 processes\"}}";

static const char bare_list[] =
	"{\"buffers\":[{\"inode\":8,\"size\":0,\"exporter\":null,\"name\":null,"
	"\"device\":null,\"region\":null,\"ranges\":[],\"state\":null,"
	"\"state_evidence\":\"none\",\"revocable\":\"unknown\",\"reason\":\"not judged\","
	"\"references\":null,\"attachments\":[{\"device\":\"vgem\",\"bus\":null,"
	"\"driver\":null,\"importer\":null,\"kind\":null,\"revocable\":\"unknown\","
	"\"evidence\":\"none\",\"reason\":\"not judged\",\"restorable\":null,"
	"\"peer2peer\":null,\"users\":[]}],\"holders\":[],\"mappings\":null,"
	"\"fences\":null,\"writer\":null}],"
	"\"sources\":{\"bpf\":\"unused\",\"bufinfo\":\"ok\",\"sysfs\":\"unused\","
	"\"proc\":\"blocked: by cat[77]\"}}";

static const char full_devices[] =
	"{\"devices\":[{\"address\":\"0000:03:00.0\",\"name\":\"A Device\","
	"\"driver\":\"vfio-pci\",\"driver_override\":\"vfio-pci\",\"iommu_group\":5,"
	"\"function\":\"virtual\",\"state\":\"open\",\"owners\":[{\"pid\":49,"
	"\"comm\":\"qemu-system-x86\",\"unit\":\"vm.scope\",\"fds\":[3,9],\"maps\":2}],"
	"\"exports\":[7,9],\"imports\":[11],\"mdevs\":[\"u-u-i-d\"],\"bus\":\"pci\","
	"\"parent\":null,\"mdev_type\":null},"
	"{\"address\":\"0000:04:00.0\",\"name\":null,\"driver\":null,"
	"\"driver_override\":null,\"iommu_group\":null,\"function\":\"physical\","
	"\"state\":\"releasing\",\"owners\":[],\"exports\":[],\"imports\":[7],"
	"\"mdevs\":[],\"bus\":\"pci\",\"parent\":null,\"mdev_type\":null},"
	"{\"address\":\"matrix\",\"name\":null,\"driver\":\"vfio_ap\","
	"\"driver_override\":null,\"iommu_group\":null,\"function\":null,"
	"\"state\":\"host\",\"owners\":[],\"exports\":[],\"imports\":[],\"mdevs\":[],"
	"\"bus\":\"matrix\",\"parent\":null,\"mdev_type\":null},"
	"{\"address\":\"u-u-i-d\",\"name\":null,\"driver\":\"nvidia\","
	"\"driver_override\":null,\"iommu_group\":6,\"function\":null,"
	"\"state\":\"idle\",\"owners\":[],\"exports\":null,\"imports\":[],"
	"\"mdevs\":[],\"bus\":\"mdev\",\"parent\":\"0000:03:00.0\","
	"\"mdev_type\":\"nvidia-22\"}],"
	"\"sources\":{\"bpf\":\"ok\",\"bufinfo\":\"unused\",\"sysfs\":\"unused\","
	"\"proc\":\"unused\"}}";

static struct snapshot *parse(const char *text)
{
	_cleanup_(wire_put) struct json_object *object = NULL;
	struct snapshot *snapshot = NULL;

	assert_int_equal(wire_parse_text(text, strlen(text), &object), 0);
	assert_int_equal(wire_parse_snapshot(object, &snapshot), 0);
	return snapshot;
}

static void assert_prints(struct json_object *object, const char *expected)
{
	_cleanup_free_ char *text = wire_print(object, false);

	assert_non_null(text);
	assert_string_equal(text, expected);
	(void)json_object_put(object);
}

static struct json_object *list_all(const struct snapshot *snapshot)
{
	const struct buffer *buffers[16];
	struct json_object *object;

	assert_true(snapshot->n_buffers <= ARRAY_SIZE(buffers));
	for (size_t i = 0; i < snapshot->n_buffers; i++)
		buffers[i] = &snapshot->buffers[i];
	object = wire_list(snapshot, buffers, snapshot->n_buffers);
	assert_non_null(object);
	return object;
}

static void lists_come_back_as_they_were(void **state)
{
	static const char *const lists[] = { full_list, bare_list };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
		struct snapshot *snapshot = parse(lists[i]);

		assert_int_equal(snapshot->n_buffers, 1);
		assert_true(snapshot->buffers[0].attachments_known);
		assert_prints(list_all(snapshot), lists[i]);
		snapshot_free(snapshot);
	}
}

static void assert_prints_devices(const struct snapshot *snapshot, const char *expected)
{
	const struct device *devices[8];

	assert_true(snapshot->n_devices <= ARRAY_SIZE(devices));
	for (size_t i = 0; i < snapshot->n_devices; i++)
		devices[i] = &snapshot->devices[i];
	assert_prints(wire_devices(snapshot, devices, snapshot->n_devices), expected);
}

static void devices_come_back_as_they_were(void **state)
{
	struct snapshot *snapshot = parse(full_devices);

	(void)state;
	assert_int_equal(snapshot->n_devices, 4);
	assert_prints_devices(snapshot, full_devices);
	snapshot_free(snapshot);
}

/* Before mediated devices stood for themselves, all devices were those of PCI. */
/* What the daemon keeps from a user: who the others are, not how many there are. */
static void hidden_processes_stay_what_they_are(void **state)
{
	static const char list[] =
		"{\"buffers\":[{\"inode\":7,\"holders\":["
		"{\"pid\":null,\"comm\":null,\"kind\":\"fd\",\"fd\":5,\"unit\":null},"
		"{\"pid\":null,\"comm\":null,\"kind\":\"fd\",\"fd\":5,\"unit\":null},"
		"{\"pid\":49,\"comm\":\"mine\",\"kind\":\"fd\",\"fd\":5,\"unit\":null}],"
		"\"writer\":{\"pid\":null,\"comm\":null,\"unit\":null}}]}";
	static const char devices[] =
		"{\"devices\":[{\"address\":\"0000:03:00.0\",\"function\":\"physical\","
		"\"owners\":[{\"pid\":null,\"comm\":null,\"unit\":null,\"fds\":[3],"
		"\"maps\":2},{\"pid\":null,\"fds\":[3],\"maps\":0}]}]}";
	struct snapshot *snapshot = parse(list);
	const struct buffer *buffer = &snapshot->buffers[0];

	(void)state;
	assert_int_equal(buffer->n_holders, 3);
	assert_true(buffer->holders[0].process->pid <= 0);
	assert_true(buffer->holders[1].process->pid <= 0);
	assert_int_equal(buffer->holders[2].process->pid, 49);
	assert_true(buffer->writer && buffer->writer->pid <= 0);
	snapshot_free(snapshot);
	snapshot = parse(devices);
	assert_int_equal(snapshot->devices[0].n_owners, 2);
	assert_int_equal(snapshot->devices[0].owners[0].maps +
				 snapshot->devices[0].owners[1].maps,
			 2);
	snapshot_free(snapshot);
}

static void devices_of_an_older_version_are_of_pci(void **state)
{
	struct snapshot *snapshot =
		parse("{\"devices\":[{\"address\":\"0000:03:00.0\","
		      "\"function\":\"virtual\",\"mdevs\":[\"u\"]}]}");

	(void)state;
	assert_int_equal(snapshot->n_devices, 1);
	assert_true(device_is_pci(&snapshot->devices[0]));
	assert_true(snapshot->devices[0].is_virtual_function);
	assert_null(snapshot->devices[0].parent);
	snapshot_free(snapshot);
}

static struct snapshot *with_name(const char *name)
{
	const struct buffer buffer = {
		.inode = 7, .exporter = "udmabuf", .name = name, .region = -1
	};
	struct snapshot_builder *builder = snapshot_builder_new();
	struct snapshot *snapshot;

	assert_non_null(builder);
	assert_int_equal(builder_buffer(builder, &buffer), 0);
	assert_int_equal(builder_finish(builder, &snapshot), 0);
	return snapshot;
}

static void names_survive_whatever_they_are(void **state)
{
	static const struct {
		const char *name, *json;
	} cases[] = {
		{ "a\nb\t\x1b[31m\"\\",
		  "\"name\":\"a\\nb\\t\\u001b[31m\\\"\\\\\",\"device\"" },
		{ "\xff\xfe",
		  "\"name\":\"\xef\xbf\xbd\xef\xbf\xbd\",\"name_bytes\":\"fffe\"" },
		{ "csi \xc2\x9b", "\"name\":\"csi \\u009b\"" },
		{ "del \x7f", "\"name\":\"del \\u007f\"" },
		{ "rlo \xe2\x80\xae", "\"name\":\"rlo \\u202e\"" },
		{ "\xc3\xa9\xe2\x82\xac", "\"name\":\"\xc3\xa9\xe2\x82\xac\"" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct snapshot *snapshot = with_name(cases[i].name), *again;
		struct json_object *object = list_all(snapshot);
		_cleanup_free_ char *text = wire_print(object, true);
		_cleanup_free_ char *flat = wire_print(object, false);

		assert_non_null(text);
		assert_non_null(strstr(flat, cases[i].json));
		again = parse(text);
		assert_string_equal(again->buffers[0].name, cases[i].name);
		snapshot_free(again);
		snapshot_free(snapshot);
		(void)json_object_put(object);
	}
}

static void strange_answers_are_refused(void **state)
{
	static const char *const cases[] = {
		"{}",
		"[]",
		"{\"buffers\":{}}",
		"{\"buffers\":[7]}",
		"{\"buffers\":[{\"inode\":\"7\"}]}",
		"{\"buffers\":[{\"inode\":-7}]}",
		"{\"buffers\":[{\"inode\":7,\"state\":\"gone\"}]}",
		"{\"buffers\":[{\"inode\":7,\"region\":4294967296}]}",
		"{\"buffers\":[{\"inode\":7,\"attachments\":[{}]}]}",
		"{\"buffers\":[{\"inode\":7,\"holders\":[{\"pid\":-1}]}]}",
		"{\"buffers\":[{\"inode\":7,\"holders\":[{\"pid\":1,\"kind\":\"x\"}]}]}",
		"{\"buffers\":[{\"inode\":7,\"name\":\"x\",\"name_bytes\":\"0\"}]}",
		"{\"buffers\":[{\"inode\":7,\"name\":\"x\",\"name_bytes\":\"00\"}]}",
		"{\"buffers\":[],\"sources\":[]}",
		"{\"buffers\":[],\"sources\":{\"bpf\":1}}",
		"{\"devices\":[{}]}",
		"{\"devices\":[{\"address\":\"a\",\"owners\":[{\"maps\":1000000}]}]}",
		"{\"devices\":[{\"address\":\"a\",\"owners\":[{\"fds\":[-1]}]}]}",
		"{\"devices\":[{\"address\":\"a\",\"mdevs\":[1]}]}",
		"{\"devices\":[{\"address\":\"a\",\"parent\":1}]}",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(wire_put) struct json_object *object = NULL;
		struct snapshot *snapshot = NULL;

		assert_int_equal(wire_parse_text(cases[i], strlen(cases[i]), &object), 0);
		assert_int_equal(wire_parse_snapshot(object, &snapshot), -EBADMSG);
		assert_null(snapshot);
	}
}

static void what_a_newer_writer_adds_is_left_alone(void **state)
{
	struct snapshot *snapshot =
		parse("{\"buffers\":[{\"inode\":7,\"mood\":{\"good\":[1]}}],\"more\":1,"
		      "\"sources\":{\"bpf\":\"tired: since noon\"}}");

	(void)state;
	assert_int_equal(snapshot->n_buffers, 1);
	assert_int_equal(snapshot->sources[SOURCE_BPF].outcome, SOURCE_MISSING);
	assert_string_equal(snapshot->sources[SOURCE_BPF].why, "tired: since noon");
	snapshot_free(snapshot);
}

static void text_must_be_one_value(void **state)
{
	static const char *const cases[] = {
		"", " ", "{", "{} {}", "{}x", "\"\xff\"", "{\"a\":}", "nonsense",
	};
	_cleanup_free_ char *deep = malloc(201);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct json_object *object = NULL;

		assert_int_equal(wire_parse_text(cases[i], strlen(cases[i]), &object),
				 -EBADMSG);
		assert_null(object);
	}
	assert_non_null(deep);
	memset(deep, '[', 100);
	memset(deep + 100, ']', 100);
	deep[200] = '\0';
	assert_int_equal(wire_parse_text(deep, 200, &(struct json_object *){ NULL }),
			 -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_come_back_as_they_were),
		cmocka_unit_test(devices_come_back_as_they_were),
		cmocka_unit_test(hidden_processes_stay_what_they_are),
		cmocka_unit_test(devices_of_an_older_version_are_of_pci),
		cmocka_unit_test(names_survive_whatever_they_are),
		cmocka_unit_test(strange_answers_are_refused),
		cmocka_unit_test(what_a_newer_writer_adds_is_left_alone),
		cmocka_unit_test(text_must_be_one_value),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
