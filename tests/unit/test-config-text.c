/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/unit/configs.h"

/* 199 bytes and more do not fit into a line of inih */
enum { LINE_MAX_BYTES = 198 };

static void put_bytes(struct desk *desk, const char *text, size_t length)
{
	tree_file_bytes(&desk->tree, MAIN, text, length);
}

#define PUT(desk, text) put_bytes((desk), (text), sizeof(text) - 1)

static void comments_and_blanks_mean_nothing(void **state)
{
	struct desk *desk = *state;

	PUT(desk, "# a comment\n; another [one]\n\n \t\n  # Refuse=yes\n"
		  "\t[Default] # here too\n  Grace \t=  7s  ; and here\n\tRefuse = no\n");
	assert_no_complaints(desk);
	assert_int_equal(grace_s(desk), 7);
	assert_false(general_policy(desk).refuse);
}

static void every_mistake_has_its_line(void **state)
{
	struct desk *desk = *state;

	PUT(desk, "Refuse=yes\n"
		  "\n"
		  "[Default]\n"
		  "grace=1s\n"
		  "nothing\n"
		  "Grace=7s\n"
		  "nothing either\n"
		  "[Defaults]\n"
		  "Refuse=yes\n"
		  "Refuse\n"
		  "[0000:03:00.8]\n"
		  "[]\n"
		  "[Default\n"
		  "Refuse=yes\n"
		  "[Default] Refuse=yes\n"
		  "=\n");
	assert_complaints(
		desk, MAIN ":1: a key before the first section: ignored",
		MAIN ":4: unknown key: 'grace'",
		MAIN ":5: neither a section nor a key: ignored",
		MAIN ":7: neither a section nor a key: ignored",
		MAIN ":8: unknown section [Defaults]: its keys are ignored",
		MAIN ":10: neither a section nor a key: ignored",
		MAIN ":11: unknown section [0000:03:00.8]: its keys are ignored",
		MAIN ":12: unknown section []: its keys are ignored",
		MAIN ":13: unknown section [Default: its keys are ignored",
		MAIN ":15: unknown section [Default] Refuse=yes: its keys are ignored");
	assert_int_equal(desk->result, 0);
	assert_int_equal(grace_s(desk), 7);
	assert_false(general_policy(desk).refuse);
}

static void names_that_are_no_sections(void **state)
{
	static const char *const names[] = {
		"default",	"Default ",	  " Default",	   "10de",
		"10de:233",	"10de:23300",	  "10dg:2330",	   "0x10:2330",
		"10de:*",	"+0de:2330",	  "03:00",	   "3:0.0",
		"0000:03:20.0", "00000:03:00.0 ", "0000:03:00.0/", "pci-0000:03:00.0",
		"[Default",	"Default;",	  "Default ; x",
	};
	struct desk *desk = *state;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		char text[128], expected[256];

		(void)snprintf(text, sizeof(text), "[%s]\nRefuse=yes\n", names[i]);
		(void)snprintf(expected, sizeof(expected),
			       MAIN ":1: unknown section [%s]: its keys are ignored",
			       names[i]);
		put_bytes(desk, text, strlen(text));
		assert_complaints(desk, expected);
		assert_false(general_policy(desk).refuse);
	}
}

static void the_last_line_needs_no_end(void **state)
{
	struct desk *desk = *state;

	PUT(desk, "[Default]\nGrace=7s");
	assert_no_complaints(desk);
	assert_int_equal(grace_s(desk), 7);
	PUT(desk, "[Default]\nGrace");
	assert_complaints(desk, MAIN ":2: neither a section nor a key: ignored");
	PUT(desk, "[Defau");
	assert_complaints(desk, MAIN ":1: unknown section [Defau: its keys are ignored");
}

static void lines_of_other_systems(void **state)
{
	struct desk *desk = *state;

	PUT(desk,
	    "\xef\xbb\xbf[Default]\r\nGrace=7s\r\n\r\nSteps=revoke detach\r\nx\r\n");
	assert_complaints(desk, MAIN ":5: neither a section nor a key: ignored");
	assert_int_equal(grace_s(desk), 7);
	assert_int_equal(general_policy(desk).n_steps, 2);

	/* a mark that is not at the beginning is something else */
	PUT(desk, "\n\xef\xbb\xbf[Default]\nGrace=7s\n");
	assert_complaints(desk, MAIN ":2: neither a section nor a key: ignored",
			  MAIN ":3: a key before the first section: ignored");
	PUT(desk, "\xef\xbb\xbf");
	assert_no_complaints(desk);
	PUT(desk, "\xef\xbb");
	assert_complaints(desk, MAIN ":1: neither a section nor a key: ignored");
}

static void blanks_in_front_do_not_go_on_with_a_value(void **state)
{
	struct desk *desk = *state;

	PUT(desk,
	    "[Default]\nDetachCommand=/bin/detach\n   /bin/sh\n\v/bin/sh\n\f\r/bin/sh\n");
	assert_complaints(desk, MAIN ":3: neither a section nor a key: ignored",
			  MAIN ":4: neither a section nor a key: ignored",
			  MAIN ":5: neither a section nor a key: ignored");
	assert_string_equal(general_policy(desk).detach_command, "/bin/detach");
}

/* "[Default]\n" and a line of so many bytes that would be DetachCommand=/xxx */
static void put_command(struct desk *desk, size_t bytes)
{
	static const char before[] = "[Default]\nDetachCommand=/";
	static const char after[] = "\nGrace=7s\n";
	char text[1024];
	size_t head = sizeof(before) - 1, rest = bytes - (head - strlen("[Default]\n"));

	memcpy(text, before, head);
	memset(text + head, 'x', rest);
	memcpy(text + head + rest, after, sizeof(after) - 1);
	put_bytes(desk, text, head + rest + sizeof(after) - 1);
}

static void a_long_line_is_whole_or_not_there(void **state)
{
	static const size_t too_long[] = { LINE_MAX_BYTES + 1, LINE_MAX_BYTES + 2,
					   LINE_MAX_BYTES + 3, 2 * LINE_MAX_BYTES, 900 };
	struct desk *desk = *state;

	put_command(desk, LINE_MAX_BYTES);
	assert_no_complaints(desk);
	assert_int_equal(strlen(general_policy(desk).detach_command),
			 LINE_MAX_BYTES - strlen("DetachCommand="));
	for (size_t i = 0; i < ARRAY_SIZE(too_long); i++) {
		put_command(desk, too_long[i]);
		assert_complaints(desk, MAIN ":2: line too long: ignored");
		assert_null(general_policy(desk).detach_command);
		assert_int_equal(grace_s(desk), 7);
	}
}

static void a_long_section_does_not_give_its_keys_away(void **state)
{
	struct desk *desk = *state;
	char text[1024];

	(void)snprintf(text, sizeof(text), "[Default]\n[%300s]\nRefuse=yes\n", "x");
	put_bytes(desk, text, strlen(text));
	assert_complaints(desk, MAIN ":2: line too long: ignored");
	assert_false(general_policy(desk).refuse);

	/* nor does one that inih would cut where it looks like another */
	(void)snprintf(text, sizeof(text), "[Default]\n[0000:03:00.0%60s]\nRefuse=yes\n",
		       "");
	put_bytes(desk, text, strlen(text));
	(void)read_config(desk);
	assert_false(general_policy(desk).refuse);
	assert_false(policy_of(desk, "0000:03:00.0", 0, 0).refuse);
}

static void a_nul_hides_nothing(void **state)
{
	struct desk *desk = *state;

	PUT(desk, "[Default]\nGrace=7s\0\nRefuse=yes\n[Default\0]\nReact=no\n\0");
	assert_complaints(desk, MAIN ":2: line with a NUL byte: ignored",
			  MAIN ":4: line with a NUL byte: ignored",
			  MAIN ":6: line with a NUL byte: ignored");
	assert_int_equal(grace_s(desk), 60);
	assert_true(general_policy(desk).refuse);
	assert_true(general_policy(desk).react);
}

static void what_is_shown_is_fit_to_be_seen(void **state)
{
	struct desk *desk = *state;

	PUT(desk, "[Default]\nGrace=\x1b[2J\xff\nK\x01y=1\n[\x07\xe2\x80\xae]\n");
	assert_complaints(desk,
			  MAIN ":2: Grace= takes a time such as 60s, or infinity, not "
			       "'\\x1b[2J\xef\xbf\xbd': ignored",
			  MAIN ":3: unknown key: 'K\\x01y'",
			  MAIN
			  ":4: unknown section [\\x07\\u{202E}]: its keys are ignored");

	/* cut, but not within a character: 63 bytes and a half one */
	PUT(desk,
	    "[Default]\nDetachCommand="
	    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\xc3\xa9y\n");
	(void)read_config(desk);
	assert_non_null(strstr(desk->complaints, "xx\xef\xbf\xbd...': ignored\n"));
}

static size_t count_lines(const char *text)
{
	size_t count = 0;

	for (; *text; text++)
		count += *text == '\n';
	return count;
}

static void a_file_full_of_mistakes_is_cut_short(void **state)
{
	_cleanup_free_ char *text = malloc(1 << 20);
	struct desk *desk = *state;

	assert_non_null(text);
	for (size_t i = 0; i < 1 << 20; i += 2)
		memcpy(text + i, "x\n", 2);
	put_bytes(desk, text, 1 << 20);
	assert_int_equal(read_config(desk), 0);
	assert_int_equal(count_lines(desk->complaints), 33);
	assert_non_null(
		strstr(desk->complaints, MAIN ":33: too much is wrong to name it all\n"));
}

static uint32_t next_random(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

/* Bytes of all kinds, with pieces of what is understood among them. */
static size_t fill(char *text, size_t most, uint32_t *seed)
{
	static const char *const pieces[] = {
		"[Default]\n",
		"[0000:03:00.0]\n",
		"[10de:2330]",
		"\nGrace=",
		"\nSteps=",
		"\nDetachCommand=/",
		"\nStepTimeout=",
		"\r\n",
		"\n[",
		"]\n",
		"revoke ",
		"infinity",
		"9999999999d",
		" ;",
		"\xef\xbb\xbf",
	};
	size_t length = 0;

	while (length < most - 64) {
		uint32_t random = next_random(seed);
		const char *piece = pieces[random / 8 % ARRAY_SIZE(pieces)];

		if (random % 8 < 3) {
			memcpy(text + length, piece, strlen(piece));
			length += strlen(piece);
		} else {
			text[length++] = (char)(random >> 16);
		}
	}
	return length;
}

static void random_bytes_do_no_harm(void **state)
{
	struct desk *desk = *state;
	uint32_t seed = 20251121;
	char text[2048];

	for (unsigned int i = 0; i < 1000; i++) {
		size_t most = 65 + next_random(&seed) % (sizeof(text) - 64);
		struct policy policy;

		put_bytes(desk, text, fill(text, most, &seed));
		assert_int_equal(read_config(desk), 0);
		assert_true(count_lines(desk->complaints) <= 33);
		policy = policy_of(desk, "0000:03:00.0", 0x10de, 0x2330);
		assert_true(policy.n_steps <= POLICY_STEPS_MAX);
		assert_true(policy.step_timeout_us >= 1000);
		assert_true(!policy.detach_command || policy.detach_command[0] == '/');
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, desk_begin, desk_end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(comments_and_blanks_mean_nothing),
		TEST(every_mistake_has_its_line),
		TEST(names_that_are_no_sections),
		TEST(the_last_line_needs_no_end),
		TEST(lines_of_other_systems),
		TEST(blanks_in_front_do_not_go_on_with_a_value),
		TEST(a_long_line_is_whole_or_not_there),
		TEST(a_long_section_does_not_give_its_keys_away),
		TEST(a_nul_hides_nothing),
		TEST(what_is_shown_is_fit_to_be_seen),
		TEST(a_file_full_of_mistakes_is_cut_short),
		TEST(random_bytes_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
