"""What is wrong with a plan: every problem at once, each with its line and what to do."""

from dataclasses import dataclass

from server.messages import Message


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One thing that is wrong: the line (from 1), what stands there, the rule, and a suggestion."""

    line: int
    value: str
    rule: Message
    suggestion: Message | None = None

    def __str__(self) -> str:
        shown = f" “{self.value}”" if self.value else ""
        hint = f" {self.suggestion}" if self.suggestion else ""
        return f"line {self.line}:{shown} {self.rule}{hint}"


class PlanError(Exception):
    """A plan that cannot be used; carries every problem found, in the order of the lines."""

    def __init__(self, problems: list[Diagnostic]) -> None:
        self.problems = tuple(sorted(problems, key=lambda problem: problem.line))
        super().__init__("\n".join(str(problem) for problem in self.problems))


class UnreadableError(ValueError):
    """A value that is not what its field holds; becomes a `Problem` once the line is known."""

    def __init__(self, rule: Message, suggestion: Message | None = None) -> None:
        self.rule = rule
        self.suggestion = suggestion
        super().__init__(str(rule))
