"""The checker of the fault tests sees each kind of fault."""

from support.history import History, Outcome, check


def history(*outcomes: Outcome) -> History:
    """Return a history in which records 0 to 2 of partition 0 went in, 0 and 1 acknowledged."""
    return History(acknowledged={(0, 0): "a", (0, 1): "b"}, raw={(0, 0), (0, 1), (0, 2)}, outcomes=list(outcomes))


COMPLETE = [Outcome((0, 0), "a"), Outcome((0, 1), "b"), Outcome((0, 2), "a")]


def test_a_complete_history_is_fine() -> None:
    """Everything came out once, in order."""
    assert not check(history(*COMPLETE))


def test_what_never_came_out_is_lost() -> None:
    """Record 2 is in the log and has no outcome."""
    assert check(history(*COMPLETE[:2])).lost == [(0, 2)]


def test_what_was_acknowledged_and_is_not_in_the_log_is_lost() -> None:
    """An acknowledgement without a record is the worst kind of loss."""
    faulty = history(*COMPLETE)
    faulty.acknowledged[(1, 7)] = "z"
    assert (1, 7) in check(faulty).lost


def test_what_came_out_twice_is_a_duplicate() -> None:
    """Record 1 has two outcomes."""
    assert check(history(*COMPLETE, COMPLETE[1])).duplicate == [(0, 1)]


def test_versions_in_another_order_are_reordered() -> None:
    """Article a came out with its second version first."""
    assert check(history(COMPLETE[2], COMPLETE[1], COMPLETE[0])).reordered == ["a"]


def test_what_never_went_in_is_a_phantom() -> None:
    """An outcome of a record that nobody wrote."""
    assert check(history(*COMPLETE, Outcome((3, 3)))).phantom == [(3, 3)]
