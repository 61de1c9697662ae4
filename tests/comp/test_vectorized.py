import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from server.comp.vectorized.key_layout import NO_PERSON, KeyLayout


@given(data=st.data(), levels=st.integers(1, 20), persons=st.integers(0, 500), first_month=st.integers(-900, 900))
def test_a_packed_key_gives_back_level_person_and_month(
    data: st.DataObject, levels: int, persons: int, first_month: int
) -> None:
    layout = KeyLayout(levels, persons, first_month)
    level, person = st.integers(0, levels - 1), st.integers(NO_PERSON, persons - 1)
    rows = data.draw(st.lists(st.tuples(level, person, st.integers(first_month, 3000)), min_size=1, max_size=20))
    table = np.array(rows, dtype=np.int64)
    keys = layout.pack(table[:, 0].astype(np.int32), table[:, 1], table[:, 2])
    assert [layout.unpack(key) for key in keys.tolist()] == rows


@given(levels=st.integers(1, 4), persons=st.integers(0, 4))
def test_different_rows_have_different_keys(levels: int, persons: int) -> None:
    layout = KeyLayout(levels, persons, first_month=680)
    rows = [(lv, p, month) for lv in range(levels) for p in range(NO_PERSON, persons) for month in range(680, 684)]
    table = np.array(rows, dtype=np.int64)
    keys = layout.pack(table[:, 0].astype(np.int32), table[:, 1], table[:, 2])
    assert len(set(keys.tolist())) == len(rows)
