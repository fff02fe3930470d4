/* SPDX-License-Identifier: MIT */
/*
 * A model of a close by the page of joins (join/page.h): every order of the steps of a session that is closed, of another
 * session of its set that ends, and of two helpers, one after the other, with every moment at which the login or
 * the first helper may be killed.  The set never ends while somebody is inside, and it ends behind the
 * last close without a look of the helper's timer; and the same search finds a set that goes on when
 * a fence is left out.  Each close has one line in the log, the login's or the helper's.
 */
#include "tests/unit/join/model.h"

enum var {
	WORD,
	KNOWN,
	SHUT
};

/* Values of WORD, as enum join_state. */
enum {
	FREE,
	TAKEN,
	ENTERING,
	INSIDE,
	CLOSED,
	TOLD
};

enum login_step {
	L_ENTER,
	L_MAY_CLOSE,
	L_GO_BACK,
	L_CHECK_EARLY, /* as a processor does that loads before the slot is closed: there is no fence */
	L_CLOSE,
	L_CHECK,
	L_CLAIM, /* the line of the log */
	L_DONE
};

enum helper_step {
	H_IDLE,
	H_SETTLE, /* a session has ended: are there others? */
	H_COUNT,  /* the slots have been looked at */
	H_LOOK,   /* at the slot */
	H_KNOW_FENCE,
	H_LOOK_AGAIN,
	H_TAKE_BACK,
	H_LEAVE, /* the slot is closed: ends its session, if there is one */
	H_LOOKED,
	H_SHUT_FENCE, /* another helper, as the first is dead */
	H_ADOPT,
	H_END
};

struct state {
	struct memory memory;
	uint8_t login, helper;
	uint8_t is_dead;      /* the login */
	uint8_t is_next;      /* the second helper, which has no page of this */
	uint8_t is_inside;    /* the kernel has the login in the set */
	uint8_t has_other;    /* the other session, which the helper has made */
	uint8_t has_session;  /* the helper has made the login's */
	uint8_t is_settling;  /* the look is for H_COUNT */
	uint8_t is_asked;     /* the login has told the helper that it closes */
	uint8_t is_answering; /* the look is for that */
	uint8_t found_same;   /* by L_CHECK_EARLY */
	uint8_t is_ended;     /* the set */
	uint8_t lines;        /* of the log about the close */
};

struct search {
	bool login_fence, helper_fence;
	struct states seen;
	bool claims;                 /* one of both claims the line of the log */
	bool is_early, is_late;      /* the end of the set */
	bool is_twice, is_silent;    /* the log */
	unsigned dones, asks, nexts; /* that it may come to each of these */
};

static bool is_unknown(const struct state *at)
{
	return load(&at->memory, LOGIN, KNOWN) == 0 && load(&at->memory, LOGIN, SHUT) == 0;
}

/* A compare-and-swap of the slot, which is a fence of what comes before. */
static bool swap_word(struct state *at, int side, uint8_t from, uint8_t to)
{
	fence(&at->memory, side, true);
	if (at->memory.seen[WORD] != from)
		return false;
	at->memory.seen[WORD] = to;
	return true;
}

static void ask(struct state *at)
{
	at->is_asked = 1;
	at->is_inside = 0; /* by the answer: the helper takes no notice of the close before */
	at->lines++;
	at->login = L_DONE;
}

/* The login's next step.  False at its end. */
static bool login_goes(const struct search *s, struct state *at)
{
	switch ((enum login_step)at->login) {
	case L_ENTER:
		at->is_inside = 1;
		store(&at->memory, LOGIN, WORD, INSIDE);
		fence(&at->memory, LOGIN, true); /* system calls */
		at->login = L_MAY_CLOSE;
		return true;
	case L_MAY_CLOSE:
		at->login = L_GO_BACK;
		if (load(&at->memory, LOGIN, WORD) != INSIDE || !is_unknown(at))
			ask(at);
		return true;
	case L_GO_BACK:
		at->is_inside = 0;
		at->login = s->login_fence ? L_CLOSE : L_CHECK_EARLY;
		return true;
	case L_CHECK_EARLY:
		at->found_same = is_unknown(at);
		at->login = L_CLOSE;
		return true;
	case L_CLOSE:
		at->login = L_CHECK;
		if (!swap_word(at, LOGIN, INSIDE, CLOSED))
			ask(at);
		return true;
	case L_CHECK:
		at->login = L_DONE;
		if (s->login_fence ? !is_unknown(at) : !at->found_same)
			at->login = L_CLAIM;
		return true;
	case L_CLAIM:
		at->login = L_DONE;
		if (swap_word(at, LOGIN, CLOSED, TOLD) || !s->claims)
			ask(at);
		return true;
	case L_DONE:
		break;
	}
	return false;
}

/* Another login may take it, and be unknown. */
static void free_word(struct state *at)
{
	store(&at->memory, HELPER, KNOWN, 0);
	store(&at->memory, HELPER, WORD, FREE);
}

static uint8_t count(const struct state *at)
{
	return at->has_other + at->has_session;
}

/* The first look at a slot that is in use says that it is known. */
static void helper_looks(struct state *at, bool is_again)
{
	const uint8_t word = load(&at->memory, HELPER, WORD);

	at->helper = H_LOOKED;
	if (word == CLOSED || word == TOLD) {
		/* With a session it is left for a look that does not settle. */
		at->helper = at->has_session && at->is_settling ? H_LOOKED : H_LEAVE;
	} else if (word != FREE && !at->has_session && !is_again) {
		store(&at->memory, HELPER, KNOWN, 1);
		at->helper = H_KNOW_FENCE;
	} else if (word != FREE) {
		at->has_session |= !at->is_dead;
		at->helper = word == INSIDE ? H_TAKE_BACK : H_LOOKED;
	}
}

static void helper_has_looked(struct state *at)
{
	const bool ends_session = at->is_answering && at->has_session;

	at->helper = at->is_settling ? H_COUNT : H_IDLE;
	if (at->is_settling)
		return;
	at->is_asked &= !at->is_answering;
	at->is_answering = 0;
	at->has_session &= !ends_session;
	if (ends_session)
		at->helper = H_SETTLE;
}

/* The helper's next step but for what comes from outside.  False while it waits for that. */
static bool helper_goes(const struct search *s, struct state *at)
{
	bool had;

	switch ((enum helper_step)at->helper) {
	case H_SETTLE:
		at->helper = count(at) ? H_IDLE : at->is_next ? H_COUNT : H_LOOK;
		at->is_settling = at->helper != H_IDLE;
		return true;
	case H_COUNT:
		at->is_settling = 0;
		at->is_ended = !count(at);
		at->helper = at->is_ended ? H_END : H_IDLE;
		return true;
	case H_LOOK:
		helper_looks(at, false);
		return true;
	case H_KNOW_FENCE:
		fence(&at->memory, HELPER, s->helper_fence);
		at->helper = H_LOOK_AGAIN;
		return true;
	case H_LOOK_AGAIN:
		helper_looks(at, true);
		return true;
	case H_TAKE_BACK:
		at->helper = at->is_settling ? H_LOOKED : H_LEAVE;
		if (swap_word(at, HELPER, INSIDE, TAKEN)) {
			at->helper = H_LOOKED;
			free_word(at);
		}
		return true;
	case H_LEAVE:
		had = at->has_session;
		at->lines += swap_word(at, HELPER, CLOSED, TAKEN);
		free_word(at);
		at->has_session = 0;
		at->helper = H_LOOKED;
		if (had) { /* and what the login asks comes behind it, or is met by "no such session" */
			at->helper = H_SETTLE;
			at->is_asked &= !at->is_answering;
			at->is_answering = 0;
		}
		return true;
	case H_LOOKED:
		helper_has_looked(at);
		return true;
	case H_SHUT_FENCE:
		fence(&at->memory, HELPER, s->helper_fence);
		at->helper = H_ADOPT;
		return true;
	case H_ADOPT:
		at->has_session = (at->has_session || load(&at->memory, HELPER, WORD) == INSIDE ||
				   load(&at->memory, HELPER, WORD) == ENTERING) &&
				  load(&at->memory, HELPER, WORD) < CLOSED && !at->is_dead;
		at->lines += swap_word(at, HELPER, CLOSED, TAKEN);
		at->helper = H_SETTLE;
		return true;
	case H_IDLE:
	case H_END:
		break;
	}
	return false;
}

static void search_from(struct search *s, const struct state *from);

/* Events that wake a helper that waits. */
static void search_events(struct search *s, const struct state *from)
{
	struct state next = *from;

	fence(&next.memory, HELPER, true); /* epoll_wait(2) */
	if (from->has_other) {
		next.has_other = 0;
		next.helper = H_SETTLE;
		search_from(s, &next);
		next.has_other = 1;
	}
	if (from->has_session && from->is_dead) {
		next.has_session = 0;
		next.helper = H_SETTLE;
		search_from(s, &next);
		next.has_session = 1;
	}
	next.helper = from->is_next ? H_LOOKED : H_LOOK;
	if (!from->is_next)
		search_from(s, &next); /* its timer */
	next.is_answering = from->is_asked;
	if (from->is_asked)
		search_from(s, &next);
}

static void check(struct search *s, const struct state *at)
{
	const bool is_over = at->is_dead ? !at->has_session
					 : at->login == L_DONE && at->memory.count[LOGIN] == 0;

	s->is_early |= at->is_inside && !at->is_dead && at->is_ended;
	s->is_late |= is_over && at->helper == H_IDLE && !at->has_other && !at->is_asked;
	s->is_twice |= at->lines > 1;
	s->is_silent |= at->login == L_DONE && !at->is_dead && at->helper == H_IDLE &&
			at->memory.count[HELPER] == 0 && at->memory.seen[WORD] != CLOSED &&
			at->lines == 0;
	s->dones += at->login == L_DONE && !at->is_asked && !at->is_dead;
	s->asks += at->is_asked;
	s->nexts += at->is_next && at->helper == H_END;
}

static void search_from(struct search *s, const struct state *from)
{
	struct state next = *from;

	if (states_have(&s->seen, from))
		return;
	check(s, from);
	if (!from->is_dead && login_goes(s, &next))
		search_from(s, &next);
	next = *from;
	if (helper_goes(s, &next))
		search_from(s, &next);
	if (from->helper == H_IDLE)
		search_events(s, from);
	for (int side = 0; side < SIDES; side++) {
		next = *from;
		if (from->memory.count[side] > 0) {
			flush_one(&next.memory, side);
			search_from(s, &next);
		}
	}
	next = *from;
	if (!from->is_dead && from->login != L_DONE) { /* killed */
		next.is_dead = 1;
		search_from(s, &next);
	}
	next = *from;
	if (!from->is_next && !from->is_ended) { /* the helper is killed, and there is another */
		fence(&next.memory, HELPER, true);
		store(&next.memory, HELPER, SHUT, 1);
		next.is_next = 1;
		next.is_answering = next.is_settling = 0;
		next.helper = H_SHUT_FENCE;
		search_from(s, &next);
	}
}

static struct search search(bool login_fence, bool helper_fence, bool claims)
{
	struct search s = {
		.login_fence = login_fence,
		.helper_fence = helper_fence,
		.claims = claims,
		.seen = states_new(sizeof(struct state), 1 << 16),
	};
	const struct state first = {.memory.seen = {[WORD] = ENTERING}, .has_other = 1};

	search_from(&s, &first);
	free(s.seen.table);
	return s;
}

static void test_a_set_ends_with_its_last_session(void **state)
{
	struct search s = search(true, true, true);

	(void)state;
	assert_false(s.is_early);
	assert_false(s.is_late);
	assert_true(s.dones > 0 && s.asks > 0 && s.nexts > 0);
	print_message("# %zu states\n", s.seen.count);
}

static void test_without_a_fence_it_would_not(void **state)
{
	(void)state;
	assert_true(search(false, true, true).is_late);
	assert_true(search(true, false, true).is_late);
}

static void test_a_close_has_one_line_in_the_log(void **state)
{
	struct search s = search(true, true, true);

	(void)state;
	assert_false(s.is_twice);
	assert_false(s.is_silent);
	assert_true(search(true, true, false).is_twice);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_set_ends_with_its_last_session),
		cmocka_unit_test(test_without_a_fence_it_would_not),
		cmocka_unit_test(test_a_close_has_one_line_in_the_log),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
