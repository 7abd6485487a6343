import math

import numpy as np
import pytest

from brinkwatch.signals.calibration import platt, plover_table, signal_table, softmax
from brinkwatch.signals.catalogue import PLOVER_ROOTS, SIGNALS


def test_platt_is_the_sigmoid_of_a_line():
    assert platt(np.array([2.0]), np.array([0.5]), np.array([1.0]))[0] == pytest.approx(1 / (1 + math.exp(-2.0)))


def test_extreme_logits_stay_probabilities():
    found = platt(np.array([1e30, -1e30], dtype=np.float32), np.ones(2), np.zeros(2))
    assert found[0] == pytest.approx(1.0)
    assert found[1] == pytest.approx(0.0)


def test_a_higher_temperature_flattens():
    logits = np.array([[3.0, 0.0]])
    assert softmax(logits, 1.0)[0, 0] > softmax(logits, 4.0)[0, 0] > 0.5
    assert softmax(logits, 4.0).sum() == pytest.approx(1.0)


def test_roots_of_several_windows_sum_to_one_again():
    one, two = np.zeros(15), np.zeros(15)
    one[0], two[1] = 1.0, 1.0
    table = plover_table(np.array([one, two]))
    assert table[PLOVER_ROOTS[0]] == table[PLOVER_ROOTS[1]] == 0.5


def test_a_model_that_knows_no_roots_gives_zeros():
    assert set(plover_table(np.zeros((2, 15))).values()) == {0.0}


def test_probabilities_are_kept_to_six_digits():
    assert signal_table([1 / 3] * 18)[SIGNALS[0]] == 0.333333
