"""Reads mapping files: what an admin chose for each file of an import, for use on the command line.

```yaml
deals.csv:
  kind: deals            # or "left out"
  columns: {Betrag: amount, Notiz: ""}
  stages: {Vertrag: won}
  types: {Partner: new}
  numbers: comma         # or point
  dates: day             # or month
  encoding: cp1252
```

A name may have `*` in it, as `deals-*.csv`, for a file whose name changes each month.
"""

from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import yaml

from server.errors import InvalidError
from server.imports.changes import KEEP, MOVE, OWNERS
from server.imports.deal_meanings import WON_STAGE
from server.imports.files.tables import FileTable
from server.imports.files.unpack import ENCODING
from server.imports.formats import DATES, NUMBERS
from server.imports.missing_columns import AMOUNT_COLUMN, REP_COLUMN
from server.imports.quota_columns import FISCAL_YEAR, YEAR
from server.imports.readers.credits import AS_STATED, IN_PROPORTION, SHARES
from server.imports.readers.deal_rows import LATEST, PEOPLE, ROWS, SEPARATE, SUM
from server.imports.readers.deals import EARLIER_FILE, REPEATED, THIS_FILE
from server.imports.readers.subscriptions import ALL, CENTS, EACH, QUANTITY
from server.imports.service import read_paths
from server.messages import message

_PREFIXES = {"columns": "column", "stages": "stage", "types": "type"}
"""The keys with a value for each column, stage or type of deal, and how each is named in a file's choices."""
_SINGLE = {
    "kind": "kind",
    "rows": "rows",
    "won stage": WON_STAGE,
    **{
        key: key
        for key in (
            NUMBERS,
            DATES,
            ENCODING,
            ROWS,
            SHARES,
            OWNERS,
            YEAR,
            QUANTITY,
            CENTS,
            REPEATED,
            AMOUNT_COLUMN,
            REP_COLUMN,
            FISCAL_YEAR,
        )
    },
}
_VALUES = {
    "stages": {"won", "lost", "open"},
    "types": {"new", "expansion", "renewal"},
    NUMBERS: {"point", "comma"},
    DATES: {"day", "month"},
    "rows": {"all", ""},
    ROWS: {PEOPLE, SUM, LATEST, SEPARATE},
    REPEATED: {THIS_FILE, EARLIER_FILE},
    CENTS: {"yes", "no"},
    QUANTITY: {EACH, ALL},
    OWNERS: {MOVE, KEEP},
    SHARES: {IN_PROPORTION, AS_STATED},
}

Mapped = Mapping[str, Mapping[str, str]]
"""Choices by the name of a file, which may have `*` in it; see `Upload.choices`."""


def read_mapping(path: Path) -> Mapped:
    """Return the choices of a mapping file; raises InvalidError that names the key that cannot be used."""
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError) as error:
        reason = str(error).splitlines()[0]
        raise InvalidError(message("{file} cannot be read: {reason}.", file=path.name, reason=reason)) from None
    if not isinstance(data, dict):
        raise InvalidError(message("{file} has no names of files with what is chosen for them.", file=path.name))
    return {str(file): _choice(str(file), chosen) for file, chosen in data.items()}


def choices_for(files: Iterable[str], mapped: Mapped) -> dict[str, dict[str, str]]:
    """Return the choices of each file: those of its own name, or else of the first pattern that fits."""
    return {
        file: dict(mapped.get(file) or next((chosen for name, chosen in mapped.items() if fnmatchcase(file, name)), {}))
        for file in files
    }


def mapping_text(choices: Mapped) -> str:
    """Return choices as a mapping file."""
    names = {prefix: key for key, prefix in _PREFIXES.items()}
    single = {key: name for name, key in _SINGLE.items()}
    files: dict[str, dict[str, Any]] = {}
    for file, choice in choices.items():
        chosen: dict[str, Any] = {}
        for key, value in choice.items():
            prefix, _, name = key.partition(" ")
            if key in single and value:
                chosen[single[key]] = value
            elif prefix in names and name:
                chosen.setdefault(names[prefix], {})[name] = value
        if chosen:
            files[file] = chosen
    return yaml.safe_dump(files, allow_unicode=True, sort_keys=False) if files else ""


def read_with_mapping(paths: Sequence[Path], mapped: Mapped) -> tuple[list[FileTable], dict[str, dict[str, str]]]:
    """Return the tables of files, read as a mapping says, and what it says of each; raises UnreadableFileError."""
    choices = choices_for([table.file for table in read_paths(paths)], mapped)
    return read_paths(paths, choices), choices


def _choice(file: str, chosen: Any) -> dict[str, str]:
    choice: dict[str, str] = {}
    if not isinstance(chosen, dict):
        raise InvalidError(message("“{file}” has no keys such as kind and columns.", file=file))
    for key, value in chosen.items():
        known = _VALUES.get(key)
        if key in _PREFIXES and isinstance(value, dict):
            for name, each in value.items():
                _check(file, f"{key}: {name}", "" if each is None else str(each), known)
                choice[f"{_PREFIXES[key]} {name}"] = "" if each is None else str(each)
        elif key in _SINGLE and not isinstance(value, dict | list):
            _check(file, key, str(value), known)
            choice[_SINGLE[key]] = str(value)
        else:
            names = ", ".join([*_PREFIXES, *_SINGLE])
            sentence = "“{file}” has the key “{key}”, which cannot be used so. The keys are: {names}."
            raise InvalidError(message(sentence, file=file, key=key, names=names))
    return choice


def _check(file: str, key: str, value: str, known: set[str] | None) -> None:
    if known is not None and value not in known:
        names = ", ".join(sorted(known - {""}))
        raise InvalidError(
            message("“{file}”, {key}: “{value}” is not one of {names}.", file=file, key=key, value=value, names=names)
        )
