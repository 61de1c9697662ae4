"""Checks the subject of a commit message: `python -m tests.commit_subject FILE`, as git's commit-msg hook calls it."""

import sys
from pathlib import Path

MAX_SUBJECT = 72


def problem_of(message: str) -> str | None:
    """Return what is wrong with the subject of a commit message, as a sentence, or None."""
    lines = message.splitlines()
    subject = lines[0] if lines else ""
    if not subject.strip():
        return "The commit message has no subject. Say in one line what the commit does."
    if len(subject) > MAX_SUBJECT:
        return (
            f"The subject has {len(subject)} characters. Shorten it to {MAX_SUBJECT}; the rest goes below a blank line."
        )
    if subject.endswith("."):
        return "The subject ends with a full stop. Remove it."
    if len(lines) > 1 and lines[1].strip() and not lines[1].startswith("#"):
        return "The second line is not blank. Leave it blank, so that git tells the subject from the text."
    return None


if __name__ == "__main__":
    if problem := problem_of(Path(sys.argv[1]).read_text(encoding="utf-8")):
        sys.exit(problem)
