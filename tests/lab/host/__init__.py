# SPDX-License-Identifier: GPL-2.0-or-later
"""The host side of the lab: what makes, boots and listens to the guest."""
