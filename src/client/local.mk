# SPDX-License-Identifier: BSD-2-Clause
# libcdat, the client library (installed, versioned; link it with shared_ldflags).
pkgconfig_DATA += src/client/cdat.pc
