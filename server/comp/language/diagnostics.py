"""Diagnostics of a plan: all problems at once, each with its line and a suggestion."""

from dataclasses import dataclass

from server.messages import Message


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One problem: its line (from 1), the value found there, the rule it breaks, and a suggestion."""

    line: int
    value: str
    rule: Message
    suggestion: Message | None = None

    def __str__(self) -> str:
        shown = f" “{self.value}”" if self.value else ""
        hint = f" {self.suggestion}" if self.suggestion else ""
        return f"line {self.line}:{shown} {self.rule}{hint}"


class PlanError(Exception):
    """Raised for a plan with problems; carries all of them, in the order of their lines."""

    def __init__(self, problems: list[Diagnostic]) -> None:
        self.problems = tuple(sorted(problems, key=lambda problem: problem.line))
        super().__init__("\n".join(str(problem) for problem in self.problems))


class UnreadableError(ValueError):
    """Raised for a value that its field cannot hold; becomes a `Diagnostic` once the line is known."""

    def __init__(self, rule: Message, suggestion: Message | None = None) -> None:
        self.rule = rule
        self.suggestion = suggestion
        super().__init__(str(rule))
