/* SPDX-License-Identifier: BSD-2-Clause */
/* The verbs of the control protocol, one row each, and its frames. */
#include "wire/control.h"

#define COUNT(a)		(sizeof(a) / sizeof((a)[0]))
#define N(m, tg, ty)		CDAT_ROW(ROW, m, tg, CDAT_T_##ty)
#define K(m, tg, ty, mn, mx)	CDAT_ROW_REQ(ROW, m, tg, CDAT_T_##ty, mn, mx)
#define R(m, tg, ty, mn, mx)	CDAT_ROW_RANGE(ROW, m, tg, CDAT_T_##ty, mn, mx)
#define MSG(word)		static CDAT_MSG_NAMED(word##_msg, #word, ROW, word##_rows, \
						      COUNT(word##_rows))

#define ROW struct cdat_c_hello
static const struct cdat_field hello_rows[] = {
	N(program, 1, TEXT),
	N(version, 2, TEXT),
	R(access, 3, U8, 1, CDAT_ACCESS_ADMIN),
	N(protocol, 4, U32),
	N(batch, 5, BOOL),
};
MSG(hello);
#undef ROW

#define ROW struct cdat_c_snapshot
static const struct cdat_field snapshot_rows[] = { N(kinds, 1, U32) };
MSG(snapshot);
#undef ROW

#define ROW struct cdat_c_subscribe
static const struct cdat_field subscribe_rows[] = {
	N(kinds, 1, U32),
	N(events, 2, BOOL),
	N(messages, 3, BOOL),
	N(since, 4, U32),
};
MSG(subscribe);
#undef ROW

#define ROW struct cdat_c_row
static const struct cdat_field row_rows[] = {
	K(kind, 1, U8, 1, CDAT_K_LAST),
	N(gone, 2, BOOL),
	N(a, 3, U32),
	N(b, 4, U32),
	N(number, 5, U64),
	N(record, 6, BYTES),
};
MSG(row);
#undef ROW

#define ROW struct cdat_c_done
static const struct cdat_field done_rows[] = { N(number, 1, U64) };
MSG(done);
#undef ROW

#define ROW struct cdat_c_change
static const struct cdat_field change_rows[] = {
	CDAT_ROW_SUB(ROW, ops, 1, CDAT_T_LIST, &cdat_msg_op),
	N(hold, 2, BOOL),
	N(key, 3, U64),
	N(timeout_ms, 4, U32),
	/* who does not know of parts would make a change of each */
	CDAT_ROW_(ROW, more, 5, CDAT_T_BOOL, CDAT_FF_CRITICAL, 0, 0, NULL),
};
MSG(change);
#undef ROW

#define ROW struct cdat_c_decide
static const struct cdat_field decide_rows[] = { N(key, 1, U64), N(commit, 2, BOOL) };
MSG(decide);
#undef ROW

#define ROW struct cdat_c_send
static const struct cdat_field send_rows[] = {
	N(node, 1, U16),
	N(name, 2, TEXT),
	N(all, 3, BOOL),
	CDAT_ROW_ARRAY(ROW, nodes, nnodes, 4, 1, CDAT_NODE_MAX),
	N(receipt, 5, BOOL),
	N(data, 6, BYTES),
	N(quiet, 7, BOOL),
	N(seen, 8, U64),
};
MSG(send);
#undef ROW

#define ROW struct cdat_c_sent
static const struct cdat_field sent_rows[] = {
	R(error, 1, U8, 1, CDAT_SEND_NO_MEMORY),
	N(delivered, 2, BOOL),
	N(full, 3, U64),
};
MSG(sent);
#undef ROW

#define ROW struct cdat_c_message
static const struct cdat_field message_rows[] = {
	K(from, 1, U16, 1, CDAT_NODE_MAX),
	N(ordered, 2, BOOL),
	N(order, 3, U64),
	N(epoch, 4, U32),
	N(data, 5, BYTES),
};
MSG(message);
#undef ROW

#define ROW struct cdat_c_local_set
static const struct cdat_field local_set_rows[] = {
	K(what, 1, U8, 1, CDAT_L_EVENT_LIMIT),
	R(kind, 2, U8, 1, CDAT_EV_KINDS),
	N(number, 3, I64),
};
MSG(local_set);
#undef ROW

#define ROW struct cdat_c_notified
static const struct cdat_field notified_rows[] = {
	N(event, 1, U32),
	N(uid, 2, U64),
	N(suppressed, 3, BOOL),
	K(what, 4, U8, 1, CDAT_AGENT_KINDS),
};
MSG(notified);
#undef ROW

#define ROW struct cdat_c_agent
static const struct cdat_field agent_rows[] = {
	N(alive, 1, BOOL),
	K(what, 2, U8, 1, CDAT_AGENT_KINDS),
};
MSG(agent);
#undef ROW

#define ROW struct cdat_c_key
static const struct cdat_field key_rows[] = {
	K(verb, 1, U8, 1, CDAT_KEY_ROTATE),
	N(id, 2, U8),
	N(key, 3, FIXED),
	N(timeout_ms, 4, U32),
};
MSG(key);
#undef ROW

#define ROW struct cdat_c_keyrow
static const struct cdat_field keyrow_rows[] = {
	N(id, 1, U8),
	N(current, 2, BOOL),
	N(fingerprint, 3, U64),
	N(members, 4, U32),
};
CDAT_MSG_NAMED(cdat_msg_c_keyrow, "keyrow", ROW, keyrow_rows, COUNT(keyrow_rows));
#undef ROW

#define ROW struct cdat_c_keyholder
static const struct cdat_field keyholder_rows[] = {
	N(node, 1, U16),
	N(id, 2, U8),
	N(current, 3, BOOL),
	N(fingerprint, 4, U64),
};
CDAT_MSG_NAMED(cdat_msg_c_keyholder, "keyholder", ROW, keyholder_rows, COUNT(keyholder_rows));
#undef ROW

#define ROW struct cdat_c_keys
static const struct cdat_field keys_rows[] = {
	CDAT_ROW_SUB(ROW, rows, 1, CDAT_T_LIST, &cdat_msg_c_keyrow),
	CDAT_ROW_SUB(ROW, holders, 2, CDAT_T_LIST, &cdat_msg_c_keyholder),
};
MSG(keys);
#undef ROW

#define ROW struct cdat_c_error
static const struct cdat_field error_rows[] = {
	K(code, 1, U8, 1, CDAT_E_VERSION),
	N(text, 2, TEXT),
};
MSG(error);
#undef ROW

static const struct cdat_msg empty_msg = { .name = "empty" };

static const struct { const char *name; const struct cdat_msg *msg; } verbs[] = {
	[CDAT_V_HELLO] = { "hello", &hello_msg },
	[CDAT_V_SNAPSHOT] = { "snapshot", &snapshot_msg },
	[CDAT_V_SUBSCRIBE] = { "subscribe", &subscribe_msg },
	[CDAT_V_CHANGE] = { "change", &change_msg },
	[CDAT_V_DECIDE] = { "decide", &decide_msg },
	[CDAT_V_SEND] = { "send", &send_msg },
	[CDAT_V_LOCAL_SET] = { "local-set", &local_set_msg },
	[CDAT_V_NOTIFIED] = { "notified", &notified_msg },
	[CDAT_V_AGENT] = { "agent", &agent_msg },
	[CDAT_V_KEY] = { "key", &key_msg },
	[CDAT_V_TABLE] = { "table", &empty_msg },
	[CDAT_V_ROW] = { "row", &row_msg },
	[CDAT_V_DONE] = { "done", &done_msg },
	[CDAT_V_EVENT] = { "event", &cdat_msg_event },
	[CDAT_V_MESSAGE] = { "message", &message_msg },
	[CDAT_V_RESYNC] = { "resync", &empty_msg },
	[CDAT_V_OUTCOME] = { "outcome", &cdat_msg_outcome },
	[CDAT_V_SENT] = { "sent", &sent_msg },
	[CDAT_V_KEYS] = { "keys", &keys_msg },
	[CDAT_V_ERROR] = { "error", &error_msg },
};

const struct cdat_msg *cdat_verb_msg(enum cdat_verb verb)
{
	return (size_t)verb < COUNT(verbs) ? verbs[verb].msg : NULL;
}

const char *cdat_verb_name(enum cdat_verb verb)
{
	return cdat_verb_msg(verb) ? verbs[verb].name : "?";
}

bool cdat_frame_write(struct cdat_writer *w, enum cdat_verb verb, uint32_t tag, const void *src)
{
	const struct cdat_msg *msg = cdat_verb_msg(verb);
	size_t start = w->len;

	if (!msg) {
		w->failed = true;
		return false;
	}
	cdat_put_uint(w, verb, 1);
	cdat_put_uint(w, CDAT_CONTROL_VERSION, 1);
	cdat_put_uint(w, tag, 4);
	cdat_encode(w, msg, src);
	if (w->len - start > CDAT_FRAME_MAX)
		w->failed = true;
	return !w->failed;
}

enum cdat_decode cdat_frame_read(struct cdat_view frame, enum cdat_verb *verb, uint32_t *tag,
				 struct cdat_view *body)
{
	const uint8_t *p = frame.data;

	*verb = (enum cdat_verb)0;
	*tag = 0;
	*body = (struct cdat_view){ 0 };
	if (frame.len < CDAT_FRAME_HEADER)
		return CDAT_DEC_SHORT;
	*verb = (enum cdat_verb)p[0];
	*tag = (uint32_t)p[2] << 24 | (uint32_t)p[3] << 16 | (uint32_t)p[4] << 8 | p[5];
	if (frame.len > CDAT_FRAME_MAX)
		return CDAT_DEC_LENGTH;
	if (p[1] != CDAT_CONTROL_VERSION || !cdat_verb_msg(*verb))
		return CDAT_DEC_TYPE;
	*body = (struct cdat_view){ p + CDAT_FRAME_HEADER, frame.len - CDAT_FRAME_HEADER };
	return CDAT_DEC_OK;
}

/* ---- several frames in a packet ---- */

void cdat_batch_init(struct cdat_batch *b, void *data, size_t cap)
{
	*b = (struct cdat_batch){ .data = data, .cap = cap, .len = CDAT_FRAME_HEADER };
}

/* Where the next frame goes, behind its length. */
static struct cdat_writer batch_room(const struct cdat_batch *b)
{
	size_t cap = b->frames && b->cap > CDAT_BATCH_MAX ? CDAT_BATCH_MAX : b->cap;
	size_t at = b->len + 4;
	struct cdat_writer w;

	cdat_writer_init(&w, b->data + at, at < cap ? cap - at : 0);
	return w;
}

static void batch_take(struct cdat_batch *b, size_t len)
{
	struct cdat_writer w;

	cdat_writer_init(&w, b->data + b->len, 4);
	cdat_put_uint(&w, len, 4);
	b->len += 4 + len;
	b->frames++;
}

bool cdat_batch_add(struct cdat_batch *b, enum cdat_verb verb, uint32_t tag, const void *src)
{
	struct cdat_writer w = batch_room(b);

	if (!cdat_frame_write(&w, verb, tag, src))
		return false;
	batch_take(b, w.len);
	return true;
}

bool cdat_batch_add_frame(struct cdat_batch *b, struct cdat_view frame)
{
	struct cdat_writer w = batch_room(b);

	cdat_put(&w, frame.data, frame.len);
	if (w.failed)
		return false;
	batch_take(b, w.len);
	return true;
}

struct cdat_view cdat_batch_packet(struct cdat_batch *b)
{
	struct cdat_writer w;

	if (b->frames == 1)
		return (struct cdat_view){ b->data + CDAT_BATCH_HEAD, b->len - CDAT_BATCH_HEAD };
	cdat_writer_init(&w, b->data, CDAT_FRAME_HEADER);
	cdat_put_uint(&w, CDAT_V_BATCH, 1);
	cdat_put_uint(&w, CDAT_CONTROL_VERSION, 1);
	cdat_put_uint(&w, 0, 4);
	return (struct cdat_view){ b->data, b->len };
}

bool cdat_batch_open(struct cdat_view packet, struct cdat_view *frames)
{
	if (packet.len < CDAT_FRAME_HEADER || packet.data[0] != CDAT_V_BATCH ||
	    packet.data[1] != CDAT_CONTROL_VERSION)
		return false;
	*frames = (struct cdat_view){ packet.data + CDAT_FRAME_HEADER,
				      packet.len - CDAT_FRAME_HEADER };
	return true;
}

bool cdat_batch_next(struct cdat_view *rest, struct cdat_view *frame)
{
	const uint8_t *p = rest->data;
	size_t len;

	if (rest->len < 4)
		return false;
	len = (size_t)p[0] << 24 | (size_t)p[1] << 16 | (size_t)p[2] << 8 | p[3];
	if (len > rest->len - 4)
		return false;
	*frame = (struct cdat_view){ p + 4, len };
	*rest = (struct cdat_view){ p + 4 + len, rest->len - 4 - len };
	return true;
}
