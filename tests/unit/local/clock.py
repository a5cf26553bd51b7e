"""A clock that the test moves."""


class Clock:
    """Seconds since its test began."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now
