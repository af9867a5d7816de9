"""The line between two ends, 20 ms after 20 ms on a clock of its own: nothing depends on the speed of the machine."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from faxsend.t30.library import BLOCK, SAMPLES_PER_SECOND, Samples
from faxsend.t30.machine import Answer, Machine
from faxsend.t30.terminal import Terminal

BLOCKS_PER_SECOND = SAMPLES_PER_SECOND // BLOCK

RING_SECONDS = 60
BUSY_SECONDS = 3
AGREE_SECONDS = 180
"""So long two ends may take until pages are sent: steady noise has them train again for ever."""
PAGE_SECONDS = 1200
"""So long one page may take: a dense one takes five minutes at 2400 bit/s."""
HANG_UP_SECONDS = 5
"""So long the receiver may take to see that the sender has finished."""

INTO_PAGE = 1.0
BURST = (3.0, 5.0)

NOISE_SAMPLES = 100_003
SEED = 1
SYLLABLES_PER_SECOND = 4
VOICE = ((140, 5000), (420, 2500), (980, 1200))
"""Hertz and strength of what a person sounds like to a modem."""


@dataclass(slots=True)
class Line:
    """``machine`` is where it ends. ``blocks`` have passed since it was answered.

    ``before_last_page_is_heard`` is called once, when the sender has begun to say that its last page is complete and
    the receiver cannot have heard so.
    """

    machine: Machine
    before_last_page_is_heard: Callable[[], None]
    blocks: int = 0
    cut: bool = False
    """Whether the watchdog has ended the call."""
    _noise: list[float] = field(default_factory=list)
    _noise_at: int = 0
    _page: int = 0
    _page_since: int = 0
    _told: bool = False

    @property
    def seconds(self) -> float:
        """Line time."""
        return self.blocks / BLOCKS_PER_SECOND

    def connect(self, sender: Terminal, receiver: Terminal) -> None:
        """Let the two talk until both have finished or somebody ends it."""
        forth, back = Samples(), Samples()
        while sender.active:
            sender.speak(forth)
            self._speak_back(receiver, back)
            self._disturb(sender, forth, back)
            receiver.hear(forth)
            sender.hear(back)
            self.blocks += 1
            self._watch(sender)
        for _ in range(HANG_UP_SECONDS * BLOCKS_PER_SECOND):
            if not receiver.active:
                break
            sender.speak(forth)
            receiver.speak(back)
            receiver.hear(forth)
        receiver.hang_up()

    def _speak_back(self, receiver: Terminal, back: Any) -> None:
        if self.machine.answer is Answer.PERSON:
            _talk(back, self.blocks)
        else:
            receiver.speak(back)

    def _watch(self, sender: Terminal) -> None:
        """See what the sender has come to, and end what would never end."""
        page = len(sender.pages) + 1 if sender.sending else 0
        if page != self._page:
            self._page, self._page_since = page, self.blocks
        if sender.last_page_sent and not self._told:
            self._told = True
            self.before_last_page_is_heard()
        if self._seconds_in_page() > (PAGE_SECONDS if page else AGREE_SECONDS):
            self.cut = True
        if self.cut or self._in_page(self.machine.hangs_up_in_page):
            sender.hang_up()

    def _disturb(self, sender: Terminal, forth: Any, back: Any) -> None:
        machine = self.machine
        if machine.dead or self._in_page(machine.dead_in_page):
            _silence(forth)
            _silence(back)
        if machine.muted_after_last_page and sender.last_page_sent:
            _silence(back)
        if machine.noise or machine.noise_in_signal:
            self._add_noise(forth, machine.noise, machine.noise_in_signal)
            self._add_noise(back, machine.noise, machine.noise_in_signal)
        if self._page == machine.burst_in_page and BURST[0] <= self._seconds_in_page() < BURST[1]:
            self._add_noise(forth, 0, 1)

    def _add_noise(self, samples: Any, steady: float, in_signal: float) -> None:
        if not self._noise:
            chance = random.Random(SEED)  # noqa: S311 - the same noise in each call
            self._noise = [chance.gauss() for _ in range(NOISE_SAMPLES)]
        strength = steady + in_signal * sum(map(abs, samples)) / BLOCK
        noise = self._noise[self._noise_at : self._noise_at + BLOCK]
        # What is too loud for a sample wraps around, which is noise too.
        samples[:] = [int(sample + strength * each) for sample, each in zip(samples, noise, strict=True)]
        self._noise_at = (self._noise_at + BLOCK) % (NOISE_SAMPLES - BLOCK)

    def _seconds_in_page(self) -> float:
        return (self.blocks - self._page_since) / BLOCKS_PER_SECOND

    def _in_page(self, page: int | None) -> bool:
        """Whether the transmission of a page is under way, or that of a later one."""
        if page is None or self._page < page:
            return False
        return self._page > page or self._seconds_in_page() >= INTO_PAGE


def _silence(samples: Any) -> None:
    for index in range(BLOCK):
        samples[index] = 0


def _talk(samples: Any, block: int) -> None:
    for index in range(BLOCK):
        at = (block * BLOCK + index) / SAMPLES_PER_SECOND
        loudness = max(0.0, math.sin(2 * math.pi * SYLLABLES_PER_SECOND * at))
        samples[index] = int(
            loudness * sum(each * math.sin(2 * math.pi * hertz * at) for hertz, each in VOICE)
        )
