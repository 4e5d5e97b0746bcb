/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_TESTS_CONFIGS_H
#define DMABUFCTL_TESTS_CONFIGS_H

/* A tree with configuration files, read with its complaints. Included after cmocka.h. */

#include <errno.h>

#include "lib/config/config.h"
#include "tests/unit/records.h"

#define MAIN "etc/dmabufctl/dmabufctl.conf"
#define ETC_D "etc/dmabufctl/dmabufctl.conf.d/"
#define RUN_D "run/dmabufctl/dmabufctl.conf.d/"
#define LOCAL_D "usr/local/lib/dmabufctl/dmabufctl.conf.d/"
#define LIB_D "usr/lib/dmabufctl/dmabufctl.conf.d/"

struct desk {
	struct tree tree;
	struct config *config; /* after read_config() */
	int result;
	char *complaints; /* "PLACE: MESSAGE\n"... */
	size_t length;
};

static inline int desk_begin(void **state)
{
	struct desk *desk = calloc(1, sizeof(*desk));

	assert_non_null(desk);
	tree_begin(&desk->tree);
	*state = desk;
	return 0;
}

static inline int desk_end(void **state)
{
	struct desk *desk = *state;

	config_free(desk->config);
	free(desk->complaints);
	tree_end(&desk->tree);
	free(desk);
	return 0;
}

static inline void note_complaint(void *context, const char *place, const char *message)
{
	(void)fprintf(context, "%s: %s\n", place, message);
}

/* Returns what config_read() does. */
static inline int read_config(struct desk *desk)
{
	FILE *stream;

	config_free(desk->config);
	desk->config = NULL;
	free(desk->complaints);
	desk->complaints = NULL;
	stream = open_memstream(&desk->complaints, &desk->length);
	assert_non_null(stream);
	desk->result =
		config_read(desk->tree.root.fd, note_complaint, stream, &desk->config);
	assert_int_equal(fclose(stream), 0);
	assert_true((desk->result == 0) == (desk->config != NULL));
	return desk->result;
}

static inline void assert_no_complaints(struct desk *desk)
{
	assert_int_equal(read_config(desk), 0);
	assert_string_equal(desk->complaints, "");
}

static inline void assert_complaint_lines(struct desk *desk, const char *const *lines)
{
	const char *rest;

	(void)read_config(desk);
	rest = desk->complaints;
	for (; *lines; lines++) {
		size_t length = strcspn(rest, "\n");
		_cleanup_free_ char *line = strndup(rest, length);

		assert_string_equal(line, *lines);
		rest += length + (rest[length] == '\n');
	}
	assert_string_equal(rest, "");
}

/* Reads it; these are the complaints, in their order, and no others. */
#define assert_complaints(desk, ...)                                                     \
	assert_complaint_lines((desk), (const char *const[]){ __VA_ARGS__, NULL })

static inline struct policy policy_of(const struct desk *desk, const char *address,
				      uint16_t vendor, uint16_t product)
{
	struct policy policy;

	assert_non_null(desk->config);
	config_policy(desk->config, address, vendor, product, &policy);
	return policy;
}

/* What holds for a device that nothing is said about in particular. */
static inline struct policy general_policy(const struct desk *desk)
{
	return policy_of(desk, "0000:7f:00.0", 0x1234, 0x5678);
}

/* Grace= in seconds: the key that tells where a policy comes from. */
static inline unsigned int grace_s(const struct desk *desk)
{
	return (unsigned int)(general_policy(desk).grace_us / 1000000);
}

static inline void assert_same_policy(const struct policy *one,
				      const struct policy *other)
{
	assert_int_equal(one->react, other->react);
	assert_true(one->grace_us == other->grace_us);
	assert_int_equal(one->n_steps, other->n_steps);
	for (size_t i = 0; i < one->n_steps; i++)
		assert_int_equal(one->steps[i], other->steps[i]);
	assert_true(one->step_timeout_us == other->step_timeout_us);
	assert_int_equal(one->revoke_mapped, other->revoke_mapped);
	assert_int_equal(one->refuse, other->refuse);
	assert_int_equal(!one->detach_command, !other->detach_command);
	if (one->detach_command)
		assert_string_equal(one->detach_command, other->detach_command);
}

#endif
