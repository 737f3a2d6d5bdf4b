dnl SPDX-License-Identifier: BSD-2-Clause
dnl
dnl CDAT_TRY_FLAGS(VARIABLE, LANGUAGE-VARIABLE, FLAG...): appends to VARIABLE each flag with
dnl which a program still compiles and links without a warning.  LANGUAGE-VARIABLE
dnl (CFLAGS, LDFLAGS) is where the flag stands during the trial.
AC_DEFUN([CDAT_TRY_FLAGS],
[m4_foreach_w([cdat_flag], [$3],
[cdat_save=$$2
cdat_save_werror=$ac_c_werror_flag
ac_c_werror_flag=yes
AC_MSG_CHECKING([whether $CC accepts cdat_flag])
$2="$$2 -Werror cdat_flag"
AC_LINK_IFELSE([AC_LANG_PROGRAM([[#include <stdio.h>]], [[return puts("") == EOF;]])],
	[AC_MSG_RESULT([yes]); $1="$$1 cdat_flag"],
	[AC_MSG_RESULT([no])])
$2=$cdat_save
ac_c_werror_flag=$cdat_save_werror
])])

dnl CDAT_ARG_MIB_ROOT: --with-mib-root.  Sets CDAT_MIB_ROOT (dotted, no leading dot),
dnl CDAT_MIB_ROOT_OID (the same with commas, for a C array) and the value that the
dnl installed module gives to cdatMIB.
AC_DEFUN([CDAT_ARG_MIB_ROOT],
[cdat_default_root=1.3.6.1.4.1.8072.9999.9999.173090
AC_ARG_WITH([mib-root],
	[AS_HELP_STRING([--with-mib-root=OID],
		[root arc of CDAT-MIB, as 1.3.6.1.4.1.N.M... [default: below netSnmpPlaypen, for private trials]])],
	[], [with_mib_root=$cdat_default_root])
CDAT_MIB_ROOT=`AS_ECHO(["$with_mib_root"]) | sed 's/^[[.]]//'`
AS_IF([AS_ECHO(["$CDAT_MIB_ROOT"]) |
	grep -Eqx '1\.3\.6\.1\.4\.1(\.(0|[[1-9]][[0-9]]{0,8}|[[1-3]][[0-9]]{9}|4[[01]][[0-9]]{8})){2,100}'], [],
	[AC_MSG_ERROR([--with-mib-root=$with_mib_root: give an arc below a private enterprise number, as 1.3.6.1.4.1.N.M with N the number and M any arc of yours])])
CDAT_MIB_ROOT_OID=`AS_ECHO(["$CDAT_MIB_ROOT"]) | tr . ,`
CDAT_MIB_VALUE="enterprises `AS_ECHO(["$CDAT_MIB_ROOT"]) | sed 's/^1\.3\.6\.1\.4\.1\.//; s/\./ /g'`"
AM_CONDITIONAL([CUSTOM_MIB_ROOT], [test "$CDAT_MIB_ROOT" != $cdat_default_root])
AC_SUBST([CDAT_MIB_ROOT])
AC_SUBST([CDAT_MIB_VALUE])
AC_DEFINE_UNQUOTED([CDAT_MIB_ROOT], ["$CDAT_MIB_ROOT"], [Root arc of CDAT-MIB])
AC_DEFINE_UNQUOTED([CDAT_MIB_ROOT_OID], [$CDAT_MIB_ROOT_OID], [Root arc of CDAT-MIB as sub-identifiers])
])

dnl CDAT_FORMATS: which formats of messages and state are spoken (src/wire/seal.h has the present
dnl ones, which are read from there).
AC_DEFUN([CDAT_FORMATS], [
	cdat_format=`sed -n 's/^.define CDAT_FORMAT[[[:space:]]]\{1,\}//p' "$srcdir/src/wire/seal.h"`
	cdat_oldest=`sed -n 's/^.define CDAT_FORMAT_OLDEST[[[:space:]]]\{1,\}//p' "$srcdir/src/wire/seal.h"`
	AS_CASE([$with_format],
		[present], [],
		[previous], [cdat_format=`expr $cdat_format - 1`],
		[next], [cdat_format=`expr $cdat_format + 1`; cdat_oldest=$cdat_format],
		[AC_MSG_ERROR([--with-format takes previous or next])])
	AS_IF([test "$with_format" != present],
		[FORMAT_CPPFLAGS="-DCDAT_FORMAT=$cdat_format -DCDAT_FORMAT_OLDEST=$cdat_oldest"])
	AC_SUBST([FORMAT_CPPFLAGS])
	CDAT_FORMAT_SPOKEN=$cdat_format
	test "$cdat_oldest" = "$cdat_format" || CDAT_FORMAT_SPOKEN="$cdat_oldest to $cdat_format"
])
