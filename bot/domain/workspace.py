"""Workspaces: everything that one team says, keeps and asks for belongs to one."""

from typing import NewType

WorkspaceId = NewType("WorkspaceId", int)
"""The ledger's number for one Slack workspace."""
