"""Questions that arrive together are answered together, and one that fails fails alone."""

import asyncio
from collections.abc import Sequence

import pytest

from faxsend.batching import Batches


class _Doubling:
    """Answers with twice the number; minus one is a question at fault, zero breaks everything."""

    def __init__(self) -> None:
        self.asked: list[list[int]] = []

    async def answer(self, numbers: Sequence[int]) -> list[int]:
        self.asked.append(list(numbers))
        await asyncio.sleep(0.01)
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
