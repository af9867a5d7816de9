"""Questions that arrive together are answered together, and one that fails fails alone."""

import asyncio
from collections.abc import Sequence

import pytest

from faxsend.batching import PATIENCE, Batches

HANGS = 99


class _Doubling:
    """Answers with twice the number; minus one is a question at fault, zero breaks everything, another never ends."""

    def __init__(self) -> None:
        self.asked: list[list[int]] = []
        self.under_way = self.most_under_way = 0

    async def answer(self, numbers: Sequence[int]) -> list[int]:
        self.asked.append(list(numbers))
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        await asyncio.sleep(3600 if HANGS in numbers else 0.01)
        self.under_way -= 1
        if 0 in numbers:
            raise ConnectionError
        if -1 in numbers:
            raise ValueError
        return [2 * number for number in numbers]


def _ask(numbers: Sequence[int], at_most: int = 4) -> tuple[list[int | BaseException], list[list[int]]]:
    async def main() -> tuple[list[int | BaseException], list[list[int]]]:
        doubling = _Doubling()
        batches = Batches(
            doubling.answer, at_most=at_most, is_own_fault=lambda error: isinstance(error, ValueError)
        )
        answers = await asyncio.gather(*map(batches.ask, numbers), return_exceptions=True)
        return answers, doubling.asked

    return asyncio.run(main())


def test_each_gets_its_own_answer_and_few_batches_are_made() -> None:
    answers, asked = _ask(range(1, 11))
    assert answers == [2 * number for number in range(1, 11)]
    assert [len(batch) for batch in asked] == [4, 4, 2]


def test_who_comes_alone_is_answered_at_once() -> None:
    assert _ask([7]) == ([14], [[7]])


def test_a_question_at_fault_fails_alone() -> None:
    answers, _ = _ask([1, -1, 3])
    assert [answers[0], answers[2]] == [2, 6]
    assert isinstance(answers[1], ValueError)


def test_what_is_nobodys_fault_fails_for_all_at_once_and_the_next_go_on() -> None:
    answers, asked = _ask([1, 0, 3, 4, 5])
    assert all(isinstance(answer, ConnectionError) for answer in answers[:4])
    assert answers[4] == 10
    assert asked == [[1, 0, 3, 4], [5]]


def test_who_has_given_up_is_not_asked_for() -> None:
    async def main() -> list[list[int]]:
        doubling = _Doubling()
        batches = Batches(doubling.answer, at_most=1, is_own_fault=lambda error: False)
        first = asyncio.create_task(batches.ask(1))
        second = asyncio.create_task(batches.ask(2))
        await asyncio.sleep(0)
        second.cancel()
        with pytest.raises(asyncio.CancelledError):
            await second
        assert await first == 2
        assert await batches.ask(3) == 6
        return doubling.asked

    assert asyncio.run(main()) == [[1], [3]]


def test_what_comes_while_a_batch_is_under_way_goes_with_the_next_one() -> None:
    async def main() -> _Doubling:
        doubling = _Doubling()
        batches = Batches(doubling.answer, at_most=4, is_own_fault=lambda error: False)
        first = asyncio.create_task(batches.ask(1))
        await asyncio.sleep(0.002)
        await asyncio.gather(first, *(batches.ask(number) for number in (2, 3, 4)))
        return doubling

    doubling = asyncio.run(main())
    assert (doubling.asked, doubling.most_under_way) == ([[1], [2, 3, 4]], 1)


def test_a_batch_that_hangs_keeps_the_others_waiting_for_a_second_only() -> None:
    async def main() -> tuple[list[int], bool, list[list[int]]]:
        doubling = _Doubling()
        batches = Batches(doubling.answer, at_most=4, is_own_fault=lambda error: False)
        hanging = asyncio.create_task(batches.ask(HANGS))
        await asyncio.sleep(0.002)
        async with asyncio.timeout(2 * PATIENCE):
            answers = await asyncio.gather(*(batches.ask(number) for number in (2, 3)))
            answers.append(await batches.ask(4))
        still = not hanging.done()
        hanging.cancel()
        return answers, still, doubling.asked

    assert asyncio.run(main()) == ([4, 6, 8], True, [[HANGS], [2, 3], [4]])
