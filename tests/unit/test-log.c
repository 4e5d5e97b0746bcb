/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the daemon tells the journal, whether or not that listens. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cmocka.h>

#include "cmd/dmabufd/log.h"
#include "tests/unit/records.h"

enum { MANY = 100000 };

struct journal {
	struct tree tree;
	int fd;
};

static int setup(void **state)
{
	static struct journal journal;
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	tree_begin(&journal.tree);
	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s/socket",
		       journal.tree.path);
	journal.fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	assert_true(journal.fd >= 0);
	assert_int_equal(bind(journal.fd, (struct sockaddr *)&address, sizeof(address)),
			 0);
	assert_int_equal(log_open(address.sun_path), 0);
	*state = &journal;
	return 0;
}

static int teardown(void **state)
{
	struct journal *journal = *state;

	log_close();
	(void)close(journal->fd);
	tree_end(&journal->tree);
	return 0;
}

static void assert_entry(const struct journal *journal, const char *expected,
			 size_t length)
{
	char text[1024];
	ssize_t n = recv(journal->fd, text, sizeof(text), 0);

	assert_int_equal(n, length);
	assert_memory_equal(text, expected, length);
}

static void an_entry_has_its_fields(void **state)
{
	static const char plain[] =
		"PRIORITY=5\nMESSAGE=a: 7\nSYSLOG_IDENTIFIER=test-log\n";
	static const char fields[] = "MESSAGE=b\nX=1\nSYSLOG_IDENTIFIER=test-log\n";

	log_print(5, "a: %d", 7);
	assert_entry(*state, plain, sizeof(plain) - 1);
	LOG_SEND(log_field("MESSAGE=%s", "b"), log_field("X=%d", 1));
	assert_entry(*state, fields, sizeof(fields) - 1);
}

/* Returns how many there were; what was lost is told by the last of them. */
static int read_all(const struct journal *journal, char last[1024])
{
	int count = 0;
	ssize_t n;

	for (; (n = recv(journal->fd, last, 1023, 0)) >= 0; count++)
		last[n] = '\0';
	return count;
}

static void nobody_waits_for_a_journal_that_is_stuck(void **state)
{
	const struct journal *journal = *state;
	char last[1024] = "", expected[64];
	int count;

	for (int i = 0; i < MANY; i++)
		log_print(5, "%d", i);
	count = read_all(journal, last);
	assert_true(count > 0 && count < MANY);
	log_print(5, "again");
	assert_int_equal(read_all(journal, last), 2);
	(void)snprintf(expected, sizeof(expected), "MESSAGE=%d entries were lost\n",
		       MANY - count);
	assert_non_null(strstr(last, expected));
	log_print(5, "again");
	assert_int_equal(read_all(journal, last), 1);
}

static void without_a_journal_nothing_is_sent(void **state)
{
	log_close();
	log_print(5, "x");
	(void)state;
}

int main(void)
{
#define TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(an_entry_has_its_fields),
		TEST(nobody_waits_for_a_journal_that_is_stuck),
		TEST(without_a_journal_nothing_is_sent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
