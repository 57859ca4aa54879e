"""What Slack sends us: one file a surface. Each acknowledges, asks one service, renders."""

from handlers.registry import register
from handlers.services import Services

__all__ = ["Services", "register"]
