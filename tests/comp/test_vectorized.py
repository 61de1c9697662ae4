import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from server.comp.vectorized.key_layout import NO_PERSON, KeyLayout


@given(
    data=st.data(),
    levels=st.integers(1, 20),
    persons=st.integers(0, 500),
    months=st.sampled_from([1, 3, 6, 12]),
    first_month=st.integers(-900, 900),
)
def test_a_packed_key_gives_back_level_person_and_months(
    data: st.DataObject, levels: int, persons: int, months: int, first_month: int
) -> None:
    layout = KeyLayout(levels, persons, months, first_month)
    level, person, first = (
        st.integers(0, levels - 1),
        st.integers(NO_PERSON, persons - 1),
        st.integers(first_month, 3000),
    )
    drawn = data.draw(st.lists(st.tuples(level, person, first, st.integers(0, months - 1)), min_size=1, max_size=20))
    rows = [(level, person, first, first + offset) for level, person, first, offset in drawn]
    table = np.array(rows, dtype=np.int64)
    keys = layout.pack(table[:, 0].astype(np.int32), *table[:, 1:].T)
    assert [layout.unpack(key) for key in keys.tolist()] == rows


@given(levels=st.integers(1, 4), persons=st.integers(0, 4))
def test_different_rows_have_different_keys(levels: int, persons: int) -> None:
    layout = KeyLayout(levels, persons, months=3, first_month=680)
    rows = [
        (level, person, first, first + offset)
        for level in range(levels)
        for person in range(NO_PERSON, persons)
        for first in range(680, 684)
        for offset in range(3)
    ]
    table = np.array(rows, dtype=np.int64)
    keys = layout.pack(table[:, 0].astype(np.int32), *table[:, 1:].T)
    assert len(set(keys.tolist())) == len(rows)
