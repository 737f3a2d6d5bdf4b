/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One session with one agent: how it is opened, its deadline, and what is told when it
 * fails.
 */
#include <net-snmp/net-snmp-config.h>

#include <net-snmp/net-snmp-includes.h>

#include <math.h>
#include <stdarg.h>
#include <time.h>

#include "session.h"

struct query {
	struct query_options options;
	void *session;			/* Net-SNMP's */
	size_t host;
	double deadline;		/* seconds of the monotonic clock */
	double allowed;			/* what it was, for the message */
	char error[QUERY_ERROR];
};

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

struct query *query_new(const struct query_options *options)
{
	struct query *query = calloc(1, sizeof(*query));

	if (!query)
		return NULL;
	query->options = *options;
	/* Objects are asked for by number: no modules are looked for, nothing is written. */
	setenv("MIBS", "", 1);
	netsnmp_set_mib_directory("");
	/* DONT_PERSIST_STATE would do, but snmp.conf would not be read either. */
	netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DISABLE_PERSISTENT_LOAD, 1);
	netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DISABLE_PERSISTENT_SAVE, 1);
	snmp_disable_log();
	init_snmp("check_cdat");
	query_allow(query, options->seconds);
	return query;
}

void query_free(struct query *query)
{
	if (!query)
		return;
	if (query->session)
		snmp_sess_close(query->session);
	snmp_shutdown("check_cdat");
	free(query);
}

void query_allow(struct query *query, double seconds)
{
	query->allowed = round(seconds * 10) / 10;
	query->deadline = now() + seconds;
}

double query_left(const struct query *query)
{
	return query->deadline - now();
}

const char *query_error(const struct query *query)
{
	return query->error;
}

const char *query_host(const struct query *query)
{
	return query->options.hosts[query->host];
}

const struct query_options *query_options_of(const struct query *query)
{
	return &query->options;
}

bool session_failed(struct query *query, const char *format, ...)
{
	int n = snprintf(query->error, sizeof(query->error), "%s: ", query_host(query));
	va_list args;

	va_start(args, format);
	if (n > 0 && (size_t)n < sizeof(query->error))
		vsnprintf(query->error + n, sizeof(query->error) - (size_t)n, format, args);
	va_end(args);
	return false;
}

static bool silent(struct query *query)
{
	if (query->options.version == SNMP_VERSION_3)
		return session_failed(query, "no answer within %g s; is snmpd running there, "
				      "and the privacy (-x, -X) right?", query->allowed);
	return session_failed(query, "no answer within %g s; is snmpd running there, and "
			      "the community right?", query->allowed);
}

/* What an error of Net-SNMP means for the one who set the check up. */
static bool failed(struct query *query, int error, const char *text)
{
	const char *user = query->options.user;

	switch (error) {
	case SNMPERR_TIMEOUT:
		return silent(query);
	case SNMPERR_UNKNOWN_USER_NAME:
		return session_failed(query, "snmpd does not know the user %s (-U)",
				      user ? user : "of snmp.conf");
	case SNMPERR_AUTHENTICATION_FAILURE:
		return session_failed(query, "wrong pass phrase or protocol of authentication "
				      "(-A, -a)");
	case SNMPERR_DECRYPTION_ERR:
		return session_failed(query, "wrong pass phrase or protocol of privacy (-X, -x)");
	case SNMPERR_UNSUPPORTED_SEC_LEVEL:
		return session_failed(query, "the user %s has no such level of security (-L)",
				      user ? user : "of snmp.conf");
	case SNMPERR_BAD_ADDRESS:
		return session_failed(query, "no such host");
	default:
		return session_failed(query, "%s", text);
	}
}

/* ---- opening ---- */
static const char *ds_string(int which)
{
	return netsnmp_ds_get_string(NETSNMP_DS_LIBRARY_ID, which);
}

/* A key from the pass phrase, by the authentication protocol, as RFC 3414 says. */
static bool key_of(struct query *query, const netsnmp_session *session, const char *pass,
		   int which, unsigned char *key, size_t *length, const char *option)
{
	if (!pass)
		pass = ds_string(which);
	if (!pass)
		pass = ds_string(NETSNMP_DS_LIB_PASSPHRASE);
	if (!pass)
		return session_failed(query, "no pass phrase (%s)", option);
	if (strlen(pass) < USM_LENGTH_P_MIN)
		return session_failed(query, "a pass phrase has 8 characters or more (%s)", option);
	*length = USM_AUTH_KU_LEN;
	if (generate_Ku(session->securityAuthProto, (u_int)session->securityAuthProtoLen,
			(const u_char *)pass, strlen(pass), key, length) != SNMPERR_SUCCESS)
		return session_failed(query, "no key can be made of the pass phrase (%s)", option);
	return true;
}

/* The options were checked: names of protocols and the level are known. */
static bool with_user(struct query *query, netsnmp_session *session)
{
	const struct query_options *o = &query->options;
	const char *user = o->user ? o->user : ds_string(NETSNMP_DS_LIB_SECNAME);
	int level = netsnmp_ds_get_int(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_SECLEVEL);

	if (!user)
		return session_failed(query, "SNMPv3 needs a user (-U)");
	session->securityName = (char *)user;
	session->securityNameLen = strlen(user);
	if (o->level)
		level = parse_secLevel_conf("securityLevel", (char *)o->level);
	session->securityLevel = level > 0 ? level : SNMP_SEC_LEVEL_NOAUTH;
	session->contextName = (char *)o->context;
	session->contextNameLen = o->context ? strlen(o->context) : 0;
	if (session->securityLevel == SNMP_SEC_LEVEL_NOAUTH)
		return true;
	session->securityAuthProto = sc_get_auth_oid(usm_lookup_auth_type(o->auth),
						     &session->securityAuthProtoLen);
	if (!key_of(query, session, o->auth_pass, NETSNMP_DS_LIB_AUTHPASSPHRASE,
		    session->securityAuthKey, &session->securityAuthKeyLen, "-A"))
		return false;
	if (session->securityLevel == SNMP_SEC_LEVEL_AUTHNOPRIV)
		return true;
	session->securityPrivProto = sc_get_priv_oid(usm_lookup_priv_type(o->priv),
						     &session->securityPrivProtoLen);
	return key_of(query, session, o->priv_pass, NETSNMP_DS_LIB_PRIVPASSPHRASE,
		      session->securityPrivKey, &session->securityPrivKeyLen, "-X");
}

/* Microseconds for one try, so that all tries fit into what is left. */
static long patience(const struct query *query)
{
	double left = query_left(query) / (query->options.retries + 1);

	return left > 0.001 ? (long)(left * 1e6) : 1000;
}

bool query_open(struct query *query, size_t host)
{
	const struct query_options *o = &query->options;
	netsnmp_session session;
	char peer[300];
	const char *name = o->hosts[host];
	bool six = o->ipv6 || (strchr(name, ':') && strchr(name, ':') != strrchr(name, ':'));
	int error;
	char *text;

	if (query->session)
		snmp_sess_close(query->session);
	query->session = NULL;
	query->host = host;
	query->error[0] = '\0';
	snprintf(peer, sizeof(peer), six ? "udp6:[%s]:%s" : "udp:%s:%s", name, o->port);
	snmp_sess_init(&session);
	session.version = o->version;
	session.peername = peer;
	session.retries = o->retries;
	session.timeout = patience(query);
	if (o->version == SNMP_VERSION_3) {
		if (!with_user(query, &session))
			return false;
	} else {
		const char *community = o->community ? o->community :
							 ds_string(NETSNMP_DS_LIB_COMMUNITY);

		session.community = (u_char *)(community ? community : "public");
		session.community_len = strlen((char *)session.community);
	}
	query->session = snmp_sess_open(&session);
	if (query->session)
		return true;
	/* What went wrong is only in the global error. */
	snmp_error(&session, NULL, &error, &text);
	failed(query, snmp_errno, text);
	free(text);
	return false;
}

/* ---- asking ---- */
bool session_ask(struct query *query, struct snmp_pdu *pdu, struct snmp_pdu **answer)
{
	netsnmp_session *session = snmp_sess_session(query->session);
	int status, command = pdu->command;

	for (;;) {
		if (query_left(query) <= 0) {
			snmp_free_pdu(pdu);
			return silent(query);
		}
		session->timeout = patience(query);
		*answer = NULL;
		status = snmp_sess_synch_response(query->session, pdu, answer);
		if (status == STAT_TIMEOUT)
			return silent(query);
		if (status != STAT_SUCCESS || !*answer) {
			char *text;
			int error;

			snmp_sess_error(query->session, NULL, &error, &text);
			failed(query, error, text);
			free(text);
			return false;
		}
		if ((*answer)->errstat == SNMP_ERR_NOERROR)
			return true;
		if ((*answer)->errstat != SNMP_ERR_NOSUCHNAME) {
			session_failed(query, "snmpd answers with the error %s",
				       snmp_errstring((int)(*answer)->errstat));
			snmp_free_pdu(*answer);
			return false;
		}
		/* SNMPv1: the one that is missing is left out, and the rest asked for again. */
		pdu = snmp_fix_pdu(*answer, command);
		if (!pdu) {
			snmp_free_varbind((*answer)->variables);
			(*answer)->variables = NULL;
			return true;
		}
		snmp_free_pdu(*answer);
	}
}
