/* SPDX-License-Identifier: MIT */
/*
 * A model of the page of joins (join/page.h): every order of the steps of a login and of two helpers, one
 * after the other, with every moment at which one of them may be killed, on a machine
 * whose stores become visible late, as those of x86 do.  A login that is inside and lives is
 * never in a set that was ended; and the same search does find such a login when a fence is left out.
 */
#include "tests/unit/join/model.h"

enum var {
	SEQ,
	CLOSED,
	WORD
};

/* Values of WORD, as enum join_state. */
enum {
	FREE,
	ENTERING,
	INSIDE,
	LEFT
};

/* The steps of each side, one access to memory at a time. */
enum login_step {
	L_FIND,
	L_ANNOUNCE,
	L_FENCE,
	L_IS_SAME,
	L_IS_OPEN,
	L_ENTER,
	L_MARK,
	L_LEAVE,
	L_ASK, /* the end: it asks the helper */
	L_DONE
};

enum helper_step {
	H_WITHDRAW,
	H_FENCE,
	H_LOOK,
	H_PUBLISH, /* there was no slot and the set goes on: the entry is valid again */
	H_WITHDRAW_AGAIN,
	H_FENCE_AGAIN,
	H_LOOK_AGAIN,
	H_IDLE,
	H_CLOSE, /* another helper, when the first is dead */
	H_CLOSE_FENCE,
	H_ADOPT,
	H_END, /* it found no session */
	H_DONE
};

struct state {
	struct memory memory;
	uint8_t step[SIDES];
	uint8_t dead[SIDES];
	uint8_t seq;     /* that the login found */
	uint8_t inside;  /* the kernel has put it there */
	uint8_t session; /* a helper knows of it */
	uint8_t ended;   /* the set */
	uint8_t served;  /* the page is locked */
};

struct search {
	bool login_fence, helper_fence;
	struct states seen;
	bool is_broken;
	unsigned insides, ends, asks; /* that it may come to each of these */
};

/* The login's next step.  False at its end. */
static bool login_goes(const struct search *s, struct state *at)
{
	uint8_t *step = &at->step[LOGIN];

	switch ((enum login_step) * step) {
	case L_FIND:
		at->seq = load(&at->memory, LOGIN, SEQ);
		*step = at->served && at->seq % 2 == 0 ? L_ANNOUNCE : L_ASK;
		return true;
	case L_ANNOUNCE:
		store(&at->memory, LOGIN, WORD, ENTERING);
		*step = L_FENCE;
		return true;
	case L_FENCE:
		fence(&at->memory, LOGIN, s->login_fence);
		*step = L_IS_SAME;
		return true;
	case L_IS_SAME:
		*step = load(&at->memory, LOGIN, SEQ) == at->seq ? L_IS_OPEN : L_LEAVE;
		return true;
	case L_IS_OPEN:
		*step = load(&at->memory, LOGIN, CLOSED) ? L_LEAVE : L_ENTER;
		return true;
	case L_ENTER: /* setns(2), which fails once the anchor is gone */
		at->inside = !at->ended;
		*step = at->ended ? L_LEAVE : L_MARK;
		return true;
	case L_MARK:
		store(&at->memory, LOGIN, WORD, INSIDE);
		*step = L_DONE;
		return true;
	case L_LEAVE:
		store(&at->memory, LOGIN, WORD, LEFT);
		*step = L_ASK;
		return true;
	case L_ASK:
	case L_DONE:
		break;
	}
	return false;
}

/* Looks at the slot: a session of a process that lives keeps the set; else @next comes next. */
static uint8_t look(struct state *at, uint8_t next)
{
	uint8_t word = load(&at->memory, HELPER, WORD);

	if ((word == ENTERING || word == INSIDE) && !at->dead[LOGIN])
		at->session = 1;
	return at->session ? H_IDLE : next;
}

static bool helper_goes(const struct search *s, struct state *at)
{
	uint8_t *step = &at->step[HELPER];

	switch ((enum helper_step) * step) {
	case H_WITHDRAW:
	case H_WITHDRAW_AGAIN:
		store(&at->memory, HELPER, SEQ, load(&at->memory, HELPER, SEQ) + 1);
		++*step;
		return true;
	case H_FENCE:
	case H_FENCE_AGAIN:
		fence(&at->memory, HELPER, s->helper_fence);
		++*step;
		return true;
	case H_LOOK: /* it goes on for a reason of its own, such as a login that asked */
		*step = look(at, H_PUBLISH);
		return true;
	case H_PUBLISH:
		store(&at->memory, HELPER, SEQ, load(&at->memory, HELPER, SEQ) + 1);
		*step = H_WITHDRAW_AGAIN;
		return true;
	case H_LOOK_AGAIN:
		*step = look(at, H_END);
		return true;
	case H_CLOSE:
		store(&at->memory, HELPER, CLOSED, 1);
		*step = H_CLOSE_FENCE;
		return true;
	case H_CLOSE_FENCE:
		fence(&at->memory, HELPER, s->helper_fence);
		*step = H_ADOPT;
		return true;
	case H_ADOPT:
		*step = look(at, H_END);
		return true;
	case H_END:
		at->ended = 1;
		*step = H_DONE;
		return true;
	case H_IDLE:
	case H_DONE:
		break;
	}
	return false;
}

static void check(struct search *s, const struct state *at)
{
	s->insides += at->inside;
	s->ends += at->ended;
	s->asks += at->step[LOGIN] == L_ASK;
	if (at->inside && !at->dead[LOGIN] && at->ended)
		s->is_broken = true;
}

static void search_from(struct search *s, const struct state *from)
{
	struct state next;

	if (states_have(&s->seen, from))
		return;
	check(s, from);
	next = *from;
	if (!from->dead[LOGIN] && login_goes(s, &next))
		search_from(s, &next);
	next = *from;
	if (!from->dead[HELPER] && helper_goes(s, &next))
		search_from(s, &next);
	for (int side = 0; side < SIDES; side++) {
		next = *from;
		if (from->memory.count[side] > 0) {
			flush_one(&next.memory, side);
			search_from(s, &next);
		}
	}
	next = *from;
	if (!from->dead[LOGIN]) { /* killed; the kernel loses no store */
		next.dead[LOGIN] = 1;
		search_from(s, &next);
	}
	next = *from;
	if (!from->dead[HELPER] && from->step[HELPER] < H_CLOSE) {
		fence(&next.memory, HELPER, true); /* its lock goes behind its stores */
		next.served = 0;
		next.session = 0; /* unless it is on record, which makes it easier */
		next.step[HELPER] = H_CLOSE;
		search_from(s, &next);
	}
}

static struct search search(bool login_fence, bool helper_fence)
{
	struct search s = {
		.login_fence = login_fence,
		.helper_fence = helper_fence,
		.seen = states_new(sizeof(struct state), 1 << 16),
	};
	struct state first = {.memory.seen = {[SEQ] = 2}, .served = 1};

	search_from(&s, &first);
	free(s.seen.table);
	return s;
}

static void test_nobody_is_left_in_a_set_that_ends(void **state)
{
	struct search s = search(true, true);

	(void)state;
	assert_false(s.is_broken);
	assert_true(s.insides > 0 && s.ends > 0 && s.asks > 0);
	print_message("# %zu states\n", s.seen.count);
}

static void test_without_a_fence_somebody_would_be(void **state)
{
	(void)state;
	assert_true(search(false, true).is_broken);
	assert_true(search(true, false).is_broken);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nobody_is_left_in_a_set_that_ends),
		cmocka_unit_test(test_without_a_fence_somebody_would_be),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
