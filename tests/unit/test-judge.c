/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lib/judge/judge.h"

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

static void only_static_importers_show_their_kind(void **state)
{
	struct attachment attachments[] = {
		{ .device = "vgem", .has_ops = TRISTATE_NO },
		{ .device = "iommu",
		  .has_ops = TRISTATE_YES,
		  .has_callback = TRISTATE_YES },
		{ .device = "0000:03:00.0", .has_ops = TRISTATE_UNKNOWN },
	};
	struct buffer buffer = { .attachments = attachments, .n_attachments = 3 };
	struct snapshot snapshot = { .buffers = &buffer, .n_buffers = 1 };

	(void)state;
	judge_snapshot(&snapshot);
	assert_int_equal(attachments[0].kind, ATTACHMENT_STATIC);
	assert_int_equal(attachments[1].kind, ATTACHMENT_KIND_UNKNOWN);
	assert_int_equal(attachments[2].kind, ATTACHMENT_KIND_UNKNOWN);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(attachments[i].revocable, VERDICT_UNKNOWN);
		assert_int_equal(attachments[i].evidence, EVIDENCE_NONE);
		assert_non_null(attachments[i].reason);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(importer_is_the_module_of_the_symbol),
		cmocka_unit_test(built_in_importers_are_known_by_their_symbols),
		cmocka_unit_test(only_static_importers_show_their_kind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
