/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/wire/question-parse.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/wire/fields.h"
#include "lib/wire/json.h"

enum { TEXT_MAX = 255 }; /* no name or pattern of anything here is longer */

/* What is being filled, and from which object. */
struct parse {
	struct json_object *object;
	struct question *question;
};

/* One member and the verbs that have it. */
struct member {
	const char *key;
	unsigned int verbs; /* VERB() mask */
	int (*get)(const struct parse *parse, const char *key);
};

#define VERB(verb) (1u << (verb))
#define ALL (VERB(QUESTION_STATUS) * 2 - 1)

/* Not empty, and not too long. NULL where there is none. */
static int get_text(const struct parse *parse, const char *key, const char **ret)
{
	int r = wire_get_text(parse->object, key, ret);

	if (r < 0 || !*ret)
		return r;
	return **ret == '\0' || strlen(*ret) > TEXT_MAX ? -EBADMSG : 0;
}

static int get_exporter(const struct parse *parse, const char *key)
{
	return get_text(parse, key, &parse->question->filter.exporter);
}

static int get_name(const struct parse *parse, const char *key)
{
	return get_text(parse, key, &parse->question->filter.name);
}

static int get_filter_device(const struct parse *parse, const char *key)
{
	return get_text(parse, key, &parse->question->filter.device);
}

static int get_unit(const struct parse *parse, const char *key)
{
	return get_text(parse, key, &parse->question->unit);
}

static int get_pid(const struct parse *parse, const char *key)
{
	uint64_t pid;

	/* 0 is any: whoever asks for it means something else */
	if (wire_get_limited(parse->object, key, INT_MAX, INT_MAX, &pid) < 0 || pid == 0)
		return -EBADMSG;
	parse->question->filter.pid =
		json_object_object_get(parse->object, key) ? (pid_t)pid : 0;
	return 0;
}

static int get_words(const struct parse *parse, const char *key,
		     int (*parse_words)(const char *words, unsigned int *ret),
		     unsigned int *ret)
{
	const char *words;
	int r = get_text(parse, key, &words);

	if (r < 0 || !words)
		return r;
	r = parse_words(words, ret);
	return r == -EINVAL ? -EBADMSG : r;
}

static int get_revocable(const struct parse *parse, const char *key)
{
	return get_words(parse, key, filter_parse_revocable,
			 &parse->question->filter.revocable);
}

static int get_state(const struct parse *parse, const char *key)
{
	return get_words(parse, key, filter_parse_state, &parse->question->filter.state);
}

static int get_verb(const struct parse *parse, const char *key)
{
	int verb;

	if (wire_get_word(parse->object, key, question_verb_parse, -1, &verb) < 0)
		return -EBADMSG;
	parse->question->verb = (enum question_verb)verb;
	return 0;
}

static int get_device(const struct parse *parse, const char *key)
{
	return get_text(parse, key, &parse->question->device);
}

/* Either a device or all: one of them must be asked for. */
static int get_all(const struct parse *parse, const char *key)
{
	bool all;

	if (wire_get_flag(parse->object, key, &all) < 0)
		return -EBADMSG;
	return all == !parse->question->device ? 0 : -EBADMSG;
}

static int get_limit(const struct parse *parse, const char *key)
{
	uint64_t limit;

	if (wire_get_limited(parse->object, key, 0, UINT32_MAX, &limit) < 0)
		return -EBADMSG;
	parse->question->limit = (size_t)limit;
	return limit == 0 && json_object_object_get(parse->object, key) ? -EBADMSG : 0;
}

static int get_for_uid(const struct parse *parse, const char *key)
{
	struct json_object *value = NULL;
	uint64_t uid = 0;

	/* the last number is no user (setuid(2)) */
	if (!json_object_object_get_ex(parse->object, key, &value) ||
	    wire_get_limited(parse->object, key, 0, UINT32_MAX - 1, &uid) < 0)
		return -EBADMSG;
	parse->question->for_everybody = !value;
	parse->question->for_uid = (uid_t)uid;
	return 0;
}

static int parse_source_words(const char *words, unsigned int *ret)
{
	_cleanup_free_ char *copy = strdup(words);
	const char *wrong;

	return copy ? source_parse_words(copy, ret, &wrong) : -ENOMEM;
}

static int get_sources(const struct parse *parse, const char *key)
{
	return get_words(parse, key, parse_source_words, &parse->question->sources);
}

static int get_filter(const struct parse *parse, const char *key)
{
	struct json_object *filter;

	return wire_get_object(parse->object, key, &filter);
}

/* In this order: all needs the device. */
static const struct member members[] = {
	{ "verb", ALL, get_verb },
	{ "for_uid", ALL, get_for_uid },
	{ "sources", ALL, get_sources },
	{ "device", VERB(QUESTION_CHECK), get_device },
	{ "all", VERB(QUESTION_CHECK), get_all },
	{ "limit", VERB(QUESTION_LIST), get_limit },
	{ "filter", VERB(QUESTION_LIST) | VERB(QUESTION_DEVICES), get_filter },
	{ 0 },
};

static const struct member filter_members[] = {
	{ "exporter", VERB(QUESTION_LIST), get_exporter },
	{ "device", VERB(QUESTION_LIST), get_filter_device },
	{ "pid", VERB(QUESTION_LIST), get_pid },
	{ "name", VERB(QUESTION_LIST), get_name },
	{ "revocable", VERB(QUESTION_LIST), get_revocable },
	{ "state", VERB(QUESTION_LIST), get_state },
	{ "unit", VERB(QUESTION_DEVICES), get_unit },
	{ 0 },
};

/* The verbs that have a member; 0: it is unknown. */
static unsigned int verbs_of(const struct member *table, const char *key)
{
	for (; table->key; table++)
		if (strcmp(table->key, key) == 0)
			return table->verbs;
	return 0;
}

/* The first member that is not known, or is of another verb and says something. */
static const char *find_unknown(struct json_object *object, const struct member *table,
				enum question_verb verb)
{
	json_object_object_foreach(object, key, value)
	{
		unsigned int verbs = verbs_of(table, key);

		if (verbs == 0 || (!(verbs & VERB(verb)) && value))
			return key;
	}
	return NULL;
}

static int parse_members(const struct parse *parse, const struct member *table,
			 const char **ret_wrong)
{
	const char *unknown;
	int r;

	for (const struct member *m = table; m->key; m++) {
		/* the verb comes first, and says which others there are */
		if (m->get != get_verb && !(m->verbs & VERB(parse->question->verb)))
			continue;
		r = m->get(parse, m->key);
		if (r == -EBADMSG)
			*ret_wrong = m->key;
		if (r < 0)
			return r;
	}
	unknown = find_unknown(parse->object, table, parse->question->verb);
	if (!unknown)
		return 0;
	*ret_wrong = unknown;
	return -EBADMSG;
}

int wire_parse_question(struct json_object *object, struct question *ret,
			const char **ret_wrong)
{
	struct question question = { 0 };
	struct parse parse = { object, &question };
	struct json_object *filter = NULL;
	int r;

	*ret_wrong = "not an object";
	if (!json_object_is_type(object, json_type_object))
		return -EBADMSG;
	r = parse_members(&parse, members, ret_wrong);
	if (r == 0 && wire_get_object(object, "filter", &filter) == 0 && filter) {
		parse.object = filter;
		r = parse_members(&parse, filter_members, ret_wrong);
	}
	if (r == 0)
		*ret = question;
	return r;
}
