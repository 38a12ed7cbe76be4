"""Each channel that ships is held to what every channel promises (channels/contract), over its real protocol."""

from __future__ import annotations

from importlib.metadata import entry_points

from channels.contract.promises import Promises
from tests.contract.mail_outside import Mail
from tests.contract.outside import Memory, Sms, WebChat
from tests.contract.voice_outside import Voice


class TestMail(Promises):
    world = Mail


class TestMemory(Promises):
    world = Memory


class TestSms(Promises):
    world = Sms


class TestVoice(Promises):
    world = Voice


class TestWebChat(Promises):
    world = WebChat


def test_every_channel_that_ships_is_held_to_the_contract() -> None:
    """A channel that is offered through an entry point of ours can't escape this file."""
    points = entry_points(group="privacydesk.channels")
    shipped = {entry.name for entry in points if entry.value.partition(":")[0].split(".")[0] == "channels"}
    held = {each.world().channel.name for each in Promises.__subclasses__() if each.__module__ == __name__}
    assert held == shipped, "give it a class here; after a change of pyproject.toml run make test (or pip install -e .)"
