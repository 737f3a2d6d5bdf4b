# SPDX-License-Identifier: BSD-2-Clause
# cdatctl, the tool of the operator.
