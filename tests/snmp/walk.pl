#!/usr/bin/perl
# SPDX-License-Identifier: BSD-2-Clause
# Walks by GETBULK with Net::SNMP (an implementation of its own): "OID value" lines, octets in hex.
#   walk.pl HOST:PORT ROOT
use strict;
use warnings;
use Net::SNMP qw(:asn1);

my ($host, $port) = split /:/, $ARGV[0];
my $root = $ARGV[1];
my ($s, $error) = Net::SNMP->session(-hostname => $host, -port => $port, -version => 'snmpv2c',
	-community => 'public', -translate => [ -all => 0 ], -maxmsgsize => 65535);
die "$error\n" unless $s;
my $at = $root;
WALK: while (1) {
	my $r = $s->get_bulk_request(-maxrepetitions => 40, -varbindlist => [ $at ]);
	die $s->error, "\n" unless $r;
	my $types = $s->var_bind_types;
	for my $oid ($s->var_bind_names) {
		last WALK if index($oid, "$root.") != 0 || $types->{$oid} == ENDOFMIBVIEW;
		my $v = $r->{$oid};
		$v = unpack('H*', $v) if $types->{$oid} == OCTET_STRING;
		$v = ".$v" if $types->{$oid} == OBJECT_IDENTIFIER && $v !~ /^\./;
		print "$oid $v\n";
		$at = $oid;
	}
}
