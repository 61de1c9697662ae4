"""Decides what the stages and types of deals in a file mean; asks where neither the admin nor a CRM's usual words say.

In a file's choices, `stage X` and `type X` hold the meaning of a word and WON_STAGE the one stage that means won.
"""

from collections import Counter
from collections.abc import Sequence

from server.imports.cells import is_empty
from server.imports.parsed import ImportPreview, ImportQuestion, ParsedFile, PossibleAnswer
from server.imports.values.deal_words import known_kind, known_stage, subscription_stage
from server.messages import Message, message, plural_message

WON_STAGE = "won stage"
NO_STAGE = "none of them"
"""The answer that no deal of a file is won."""
MAX_STAGES = 30
"""Stages that a question offers, those of most deals first."""
MAX_KINDS = 20
"""Unknown types of deal that are asked about; a column with more is not one of types."""
_NOT_WON = frozenset({"false", "no", "0"})
"""What a column such as IsWon has for lost and open deals, of which the stage tells more."""
_STAGE_LABELS = (("won", message("won")), ("lost", message("lost")), ("open", message("open")))
_KIND_LABELS = (
    ("new", message("New business")),
    ("expansion", message("Expansion")),
    ("renewal", message("Renewal")),
)


def stage_meaning(file: ParsedFile, cell: str) -> str | None:
    """Return won, lost or open for a word of a file, None where nothing says."""
    if file.choice.get(WON_STAGE) == cell and cell:
        return "won"
    chosen = file.choice.get(f"stage {cell}", "")
    if chosen in {"won", "lost", "open"}:
        return chosen
    return (subscription_stage(cell) if "interval" in file.mapping else None) or known_stage(cell)


def deal_stage(file: ParsedFile, status: str, stage: str) -> tuple[str, str]:
    """Return the word that tells whether a deal is won, and won, lost or open.

    The status comes before the stage, which often stays what it was before the deal was won.
    """
    for word in (status, stage):
        if meaning := stage_meaning(file, word):
            return word, meaning
    return stage or status, "open"


def kind_meaning(file: ParsedFile, cell: str) -> str | None:
    """Return new, expansion or renewal for a type of deal in a file, None where nothing says."""
    chosen = file.choice.get(f"type {cell}", "")
    return chosen if chosen in dict(_KIND_LABELS) else known_kind(cell)


def ask_about_deals(files: Sequence[ParsedFile], preview: ImportPreview) -> None:
    """Add a question for each file of deals in which no stage means won, and for each unknown type of deal."""
    for file in files:
        if file.file_type and file.file_type.name == "deals":
            _ask_about_statuses(file, preview)
            _ask_for_won_stage(file, preview)
            _ask_about_kinds(file, preview)


def _counts(file: ParsedFile, name: str) -> Counter[str]:
    """Return how often a field has each cell that is not empty."""
    return Counter({cell: count for cell, count in Counter(file.cells(name)).items() if not is_empty(cell)})


def _ask_about_statuses(file: ParsedFile, preview: ImportPreview) -> None:
    """Ask what each unknown status means: the stage of the same deal may still say won."""
    if not {"status", "stage"} <= file.mapping.keys():
        return
    counts = _counts(file, "status")
    unknown = [
        cell
        for cell, _ in counts.most_common()
        if cell.casefold() not in _NOT_WON and stage_meaning(file, cell) is None
    ]
    for cell in unknown[:MAX_KINDS]:
        answers = tuple(PossibleAnswer(stage, label, _count(counts[cell])) for stage, label in _STAGE_LABELS)
        sentence = message("What does the status “{status}” say of a deal?", status=cell)
        preview.questions.append(ImportQuestion(file.table.file, f"stage {cell}", sentence, answers))


def _ask_for_won_stage(file: ParsedFile, preview: ImportPreview) -> None:
    if WON_STAGE in file.choice:
        return
    name = "stage" if "stage" in file.mapping else "status"
    counts = _counts(file, name)
    is_won = any(stage_meaning(file, cell) == "won" for each in ("status", "stage") for cell in set(file.cells(each)))
    unknown = [cell for cell, _ in counts.most_common() if stage_meaning(file, cell) is None]
    if is_won or not unknown:
        return
    answers = [
        PossibleAnswer(cell, message("{stage}", stage=cell), _count(counts[cell])) for cell in unknown[:MAX_STAGES]
    ]
    answers.append(PossibleAnswer(NO_STAGE, message("none of them"), message("no deal of this file is won")))
    sentence = message("Which of these stages means that a deal is won?")
    preview.questions.append(ImportQuestion(file.table.file, WON_STAGE, sentence, tuple(answers)))


def _ask_about_kinds(file: ParsedFile, preview: ImportPreview) -> None:
    counts = _counts(file, "kind")
    unknown = [cell for cell, _ in counts.most_common() if kind_meaning(file, cell) is None]
    for cell in unknown[:MAX_KINDS]:
        answers = tuple(PossibleAnswer(kind, label, _count(counts[cell])) for kind, label in _KIND_LABELS)
        sentence = message("What type of deal is “{type}”?", type=cell)
        preview.questions.append(ImportQuestion(file.table.file, f"type {cell}", sentence, answers))


def _count(count: int) -> Message:
    return plural_message("{count} deal", "{count} deals", count)
