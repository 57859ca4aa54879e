import asyncio

from bot.ledger import Ledger


async def test_the_first_workspace_is_made_once(ledger: Ledger) -> None:
    numbers = await asyncio.gather(*(ledger.workspaces.first() for _ in range(8)))
    assert len(set(numbers)) == 1


async def test_the_first_team_takes_over_what_was_gathered_without_one(ledger: Ledger) -> None:
    first = await ledger.workspaces.first()
    assert await ledger.workspaces.adopt("T01HOME", "Desk") == first
    assert await ledger.workspaces.adopt("T01HOME") == first
    assert await ledger.workspaces.first() == first


async def test_every_further_team_gets_a_workspace_of_its_own(ledger: Ledger) -> None:
    first = await ledger.workspaces.adopt("T01HOME")
    second = await ledger.workspaces.adopt("T02OTHER")
    assert first != second
    assert await ledger.workspaces.adopt("T02OTHER", "renamed") == second
    assert await ledger.workspaces.first() == first


async def test_teams_that_arrive_at_once_do_not_share_a_workspace(ledger: Ledger) -> None:
    await ledger.workspaces.first()
    teams = [f"T{n:02}" for n in range(6)]
    numbers = await asyncio.gather(*(ledger.workspaces.adopt(team) for team in teams * 2))
    assert numbers[:6] == numbers[6:]
    assert len(set(numbers)) == 6
