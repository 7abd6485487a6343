"""Which address of a feed is asked."""

from brinkwatch.feeds.moved import STREAK, Moved, address, follow

OLD, NEW = "http://old.example/f", "https://new.example/f"


def after(polls: int, to: str = NEW, url: str = OLD) -> Moved:
    moved = Moved()
    for _ in range(polls):
        moved = follow(url, moved, good=True, moved_to=to)
    return moved


def test_an_address_is_replaced_only_after_a_stable_streak() -> None:
    assert address(OLD, after(STREAK - 1)) == OLD
    assert address(OLD, after(STREAK)) == NEW


def test_another_target_or_an_answer_without_redirect_starts_anew() -> None:
    almost = after(STREAK - 1)
    assert follow(OLD, almost, good=True, moved_to="https://other.example/") == Moved("https://other.example/", 1)
    assert follow(OLD, almost, good=True, moved_to=None) == Moved()
    assert follow(OLD, almost, good=False, moved_to=None) == Moved(NEW, 0)


def test_the_new_address_stays_while_it_answers_and_is_given_up_when_it_fails() -> None:
    settled = after(STREAK)
    assert follow(OLD, settled, good=True, moved_to=None) == settled
    assert follow(OLD, settled, good=False, moved_to=None) == Moved()


def test_a_feed_is_never_led_off_encryption_or_away_from_its_login() -> None:
    assert address("https://a.example/", after(STREAK, "http://a.example/", "https://a.example/")) == (
        "https://a.example/"
    )
    login = "http://me:secret@a.example/"
    assert address(login, after(STREAK, NEW, login)) == login
