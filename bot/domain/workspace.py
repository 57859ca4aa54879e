"""A workspace is one Slack team; all that it says, keeps and asks for belongs to it alone."""

from typing import NewType

# The ledger's number of a workspace.
WorkspaceId = NewType("WorkspaceId", int)
