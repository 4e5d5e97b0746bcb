/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the actors share: messages, options, the command loop, borrowed fds.
 *
 * An actor sets up what it is asked for, prints one line "ready KEY=VALUE ...", then
 * answers each line of stdin with one line "ok ..." or "error ...". At the end of
 * input it sleeps until it is killed (with --exit-on-eof it exits). A FIFO as stdin
 * never ends: commands may come from several writers one after the other.
 *
 * Exit status: 0 done, 1 failed, 2 wrong usage, 7 the kernel has no such thing.
 */
#ifndef LAB_COMMON_H
#define LAB_COMMON_H

#include <getopt.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define EXIT_UNSUPPORTED 7
#define ARRAY_SIZE(x) (sizeof(x) / sizeof((x)[0]))

#define PRINTF(format_index, first_index)                                                \
	__attribute__((format(printf, format_index, first_index)))
#define NORETURN __attribute__((noreturn))

/* Messages on stderr, "PROGRAM: ..."; _errno append ": " and strerror(errno) */
PRINTF(1, 2) NORETURN void die(const char *format, ...);
PRINTF(1, 2) NORETURN void die_errno(const char *format, ...);
PRINTF(1, 2) NORETURN void die_unsupported(const char *format, ...);
NORETURN void die_usage(const char *synopsis);

/* Answers on stdout, one flushed line each */
PRINTF(1, 2) void say_ready(const char *format, ...);
PRINTF(1, 2) void say_ok(const char *format, ...);
PRINTF(1, 2) void say_error(const char *format, ...);
PRINTF(1, 2) void say_errno(const char *format, ...);

/* Options of every actor; append to the long options of a program */
enum { OPT_COMM = 1000, OPT_EXIT_ON_EOF };
/* clang-format off */
#define COMMON_OPTIONS							\
	{ "comm", required_argument, NULL, OPT_COMM },			\
	{ "exit-on-eof", no_argument, NULL, OPT_EXIT_ON_EOF },		\
	{ NULL, 0, NULL, 0 }
/* clang-format on */
#define COMMON_SYNOPSIS "[--comm=NAME] [--exit-on-eof]"
/* true: the option was one of the above */
bool common_option(int option);

/* A command answers by itself, with exactly one line. argv[0] is its name */
struct command {
	const char *name;
	int min_args;
	int max_args;
	void (*run)(int argc, char **argv);
};

/* Calls handle() whenever fd is readable; at most one */
void watch_fd(int fd, void (*handle)(void));
/* "exit" is known without being listed. Does not return */
NORETURN void run_commands(const struct command *commands, size_t count);

/* false: not a number, or too big; accepts 0x */
bool number_from_text(const char *text, unsigned long long *ret_number);
unsigned long long number_or_die(const char *text, const char *what);
pid_t pid_or_die(const char *text);
int fd_or_die(const char *text);

/* In place: \n \t \e \\ \xHH. false: a malformed escape */
bool unescape(char *text);
void *allocate(size_t size);

/* A copy of fd of another process, or a negative errno */
int borrow_fd(pid_t pid, int fd);
int borrow_fd_or_die(pid_t pid, int fd);
unsigned long inode_of(int fd);
/* The size of a dma-buf; 0 for what cannot be seeked to its end */
size_t size_of(int fd);

#endif
