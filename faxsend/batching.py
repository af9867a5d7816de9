"""Questions that arrive while others are being answered are answered together. Pure.

One statement and one commit for ten mails cost little more than for one, and whoever comes alone waits for
nobody.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

Question = TypeVar("Question")
Answer = TypeVar("Answer")

PATIENCE = 1.0
"""Seconds that a batch may take before the next one no longer waits for it: its connection may hang."""


class Batches(Generic[Question, Answer]):
    """One batch at a time. ``answer`` gets at most ``at_most`` questions and returns as many answers in the same order.

    If it raises what ``is_own_fault`` says a single question may have caused, each is asked again alone; any
    other exception goes to all who wait for that batch.
    """

    def __init__(
        self,
        answer: Callable[[Sequence[Question]], Awaitable[Sequence[Answer]]],
        *,
        at_most: int,
        is_own_fault: Callable[[Exception], bool],
    ) -> None:
        self._answer = answer
        self._at_most = at_most
        self._is_own_fault = is_own_fault
        self._waiting: deque[tuple[Question, asyncio.Future[Answer]]] = deque()
        self._runner: asyncio.Task[None] | None = None
        self._runners: set[asyncio.Task[None]] = set()

    async def ask(self, question: Question) -> Answer:
        """Return the answer to one question; raises what ``answer`` raised."""
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append((question, future))
        if self._runner is None or self._runner.done():
            self._start()
        return await future

    def _start(self) -> None:
        self._runner = asyncio.create_task(self._run())
        self._runners.add(self._runner)  # the loop keeps none from being collected
        self._runner.add_done_callback(self._runners.discard)

    def _go_on_without(self, runner: asyncio.Task[None] | None) -> None:
        if self._runner is runner:
            self._start()

    async def _run(self) -> None:
        own = asyncio.current_task()
        while self._waiting and self._runner is own:
            batch: list[tuple[Question, asyncio.Future[Answer]]] = []
            while self._waiting and len(batch) < self._at_most:
                question, future = self._waiting.popleft()
                if not future.cancelled():  # who asked has given up
                    batch.append((question, future))
            overdue = asyncio.get_running_loop().call_later(PATIENCE, self._go_on_without, own)
            try:
                await self._answer_all(batch)
            finally:
                overdue.cancel()

    async def _answer_all(self, batch: Sequence[tuple[Question, asyncio.Future[Answer]]]) -> None:
        try:
            answers = await self._answer([question for question, _ in batch]) if batch else []
        except Exception as error:
            if len(batch) > 1 and self._is_own_fault(error):
                for one in batch:
                    await self._answer_all([one])
                return
            for _, future in batch:
                if not future.done():
                    future.set_exception(error)
            return
        for (_, future), answer in zip(batch, answers, strict=True):
            if not future.done():
                future.set_result(answer)
