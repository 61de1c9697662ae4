"""The ways to fail that a person can do something about; one handler shows them all."""

from server.messages import Message, message


class AppError(Exception):
    """A failure with a status and a sentence: what happened, to what, and what to do next."""

    status = 400

    def __init__(self, sentence: Message) -> None:
        self.sentence = sentence
        super().__init__(str(sentence))


class NotFoundError(AppError):
    """Absent, or not for this person: both look the same."""

    status = 404

    def __init__(self) -> None:
        super().__init__(
            message("There is no such page, or it is not for you. Check the address, or go back to the start.")
        )


class SignInNeededError(AppError):
    """Nobody is signed in."""

    status = 401

    def __init__(self) -> None:
        super().__init__(message("Sign in to see this page."))


class RefusedRequestError(AppError):
    """A request that did not come from our own pages, or whose form is too old."""

    status = 403

    def __init__(self) -> None:
        super().__init__(
            message("This form is too old or came from another site. Go back, reload the page and send it again.")
        )


class InvalidError(AppError):
    """Something typed cannot be used."""

    status = 422


class ConflictError(AppError):
    """Somebody else was quicker, or the thing has moved on."""

    status = 409


class TooManyError(AppError):
    """Too often in too short a time."""

    status = 429


class UnexplainedFigureError(AppError):
    """A plan whose figures cannot be worked out or explained; none is shown."""

    status = 422

    def __init__(self) -> None:
        super().__init__(
            message("The figures of this plan cannot be worked out, so none is shown. Please tell your admin.")
        )
