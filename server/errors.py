"""Failures a person can do something about; one handler shows them all."""

from server.messages import Message, message


class AppError(Exception):
    """A failure with an HTTP status and a sentence: what happened, to what, and what to do next."""

    status = 400
    title: Message | None = None
    """The title of its page, by default that of the status."""

    def __init__(self, sentence: Message) -> None:
        self.sentence = sentence
        super().__init__(str(sentence))


class NotFoundError(AppError):
    """Not found, or not for this person: both look the same."""

    status = 404

    def __init__(self) -> None:
        super().__init__(
            message("Page not found, or you don't have access. Check the address, or go to the home page.")
        )


class SignInNeededError(AppError):
    """No one is signed in."""

    status = 401

    def __init__(self) -> None:
        super().__init__(message("Sign in to see this page."))


class SecondFactorNeededError(AppError):
    """The company asks admins for a second factor, and this one has none yet."""

    status = 403
    url = "/me/second-factor"

    def __init__(self) -> None:
        super().__init__(message("Your company asks admins to sign in with a code. Set it up under Your account."))


class RefusedRequestError(AppError):
    """A request that did not come from Townhall's own pages, or whose form has expired."""

    status = 403

    def __init__(self) -> None:
        super().__init__(
            message("This form has expired or came from another site. Go back, reload the page and send it again.")
        )


class InvalidError(AppError):
    """Input that cannot be used."""

    status = 422


class ConflictError(AppError):
    """A conflict with another change made in the meantime."""

    status = 409


class TooManyError(AppError):
    """Too many requests in a short time."""

    status = 429


class UnexplainedFigureError(AppError):
    """A plan whose figures cannot be calculated or explained, so none is shown."""

    status = 422

    def __init__(self) -> None:
        super().__init__(
            message("The figures of this plan could not be calculated, so none are shown. Please tell your admin.")
        )
