"""Who owes something for how long."""

from brinkwatch.ops.progress import Progress, overdue


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_stage_that_rests_owes_nothing_however_long() -> None:
    clock = Clock()
    progress = Progress(clock)
    with progress.piece("poll"):
        pass
    clock.now = 1e6
    assert progress.owed_since() == {}


def test_a_piece_that_does_not_end_is_overdue_although_others_end() -> None:
    clock = Clock()
    progress = Progress(clock)
    hangs = progress.piece("poll")
    hangs.__enter__()
    for _ in range(10):
        clock.now += 1
        with progress.piece("poll"), progress.piece("assess"):
            pass
    assert progress.stuck({}, 9.0) == ["poll"]
    assert progress.stuck({"poll": 11.0}, 9.0) == []
    hangs.__exit__(None, None, None)
    assert progress.stuck({}, 0.0) == []


def test_work_that_nobody_takes_up_is_overdue_and_asking_again_hides_nothing() -> None:
    clock = Clock()
    progress = Progress(clock)
    for _ in range(10):
        progress.asked("think")
        clock.now += 1
    assert progress.stuck({}, 9.0) == ["think"]
    progress.answered("think")
    assert progress.stuck({}, 0.0) == []


def test_steady_work_is_never_overdue() -> None:
    clock = Clock()
    progress = Progress(clock)
    for _ in range(100):
        progress.asked("think")
        clock.now += 5
        progress.moved("think")
    assert progress.stuck({}, 9.0) == []


def test_moving_without_being_asked_owes_nothing() -> None:
    progress = Progress(Clock())
    progress.moved("think")
    assert progress.owed_since() == {}


def test_a_piece_that_fails_is_over() -> None:
    progress = Progress(Clock())
    try:
        with progress.piece("deliver"):
            raise OSError
    except OSError:
        pass
    assert progress.owed_since() == {}


def test_patience_is_named_or_common() -> None:
    assert overdue({"a": 0.0, "b": 0.0, "c": 9.0}, 10.0, {"b": 20.0}, 5.0) == ["a"]
