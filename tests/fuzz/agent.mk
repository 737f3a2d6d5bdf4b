# SPDX-License-Identifier: BSD-2-Clause
# the agent's library without the one of its client, in whose place the target stands
fuzz_targets += tests/fuzz/fuzz_agent_set
tests_fuzz_fuzz_agent_set_SOURCES = tests/fuzz/fuzz_agent_set.c tests/fuzz/require.h \
	tests/snmp/set_model.c tests/snmp/set_model.h \
	tests/unit/agent_fixture.c tests/unit/agent_fixture.h
tests_fuzz_fuzz_agent_set_CPPFLAGS = $(AGENT_CPPFLAGS)
tests_fuzz_fuzz_agent_set_CFLAGS = $(AGENT_CFLAGS)
tests_fuzz_fuzz_agent_set_LDADD = $(FUZZ_LIBS) libagent.la libcodec.la -lnetsnmpmibs \
	$(NETSNMP_AGENT_LIBS)
tests_fuzz_fuzz_agent_set_LDFLAGS = $(AM_LDFLAGS) $(fuzz_ldflags)
