"""How hard property tests try: the same examples every time in the suite, many new ones with `make fuzz`."""

import os

from hypothesis import HealthCheck, settings

FUZZ = float(os.environ.get("FUZZ", "1"))


def examples(number: int) -> settings:
    """Return settings for so many examples, FUZZ times as many when fuzzing."""
    return settings(
        max_examples=max(int(number * FUZZ), 1),
        deadline=None,
        derandomize=FUZZ <= 1,
        database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
