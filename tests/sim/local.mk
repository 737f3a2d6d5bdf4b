# SPDX-License-Identifier: BSD-2-Clause
# Simulation of whole clusters in one process: link with libcore.la.
