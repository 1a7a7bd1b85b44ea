"""Every error capplan raises on purpose, each with its exit code.

CapplanError            70  a bug of ours when it is raised bare
├── InputError           2  a file, an option or a value that cannot be used
├── MeasurementError     3  a measurement that cannot be made, or that nobody may use
├── TargetError          4  what is to be loaded does not answer
├── AuthorityError       5  what is to be loaded was not allowed
└── NoSolutionError      6  the mathematics gave no answer
    └── UnstableError    6  there is none to be had: requests pile up for ever

A plan that is computed but says no (an objective missed, a server refused) is an answer, not an error:
the command line turns it into exit code 1.
"""

EXIT_FINE = 0
EXIT_BAD_ANSWER = 1
EXIT_BAD_INPUT = 2
EXIT_INVALID_MEASUREMENT = 3
EXIT_TARGET_UNAVAILABLE = 4
EXIT_NOT_AUTHORIZED = 5
EXIT_NO_SOLUTION = 6
EXIT_BUG = 70
EXIT_INTERRUPTED = 130
EXIT_TERMINATED = 143


class CapplanError(Exception):
    """Base of all; its text is one sentence for the person at the terminal."""

    exit_code = EXIT_BUG


class InputError(CapplanError):
    """Something given cannot be used.

    Parameters
    ----------
    place : file, option or key path that is wrong, as the person would look for it.
    found : what stands there.
    expected : what should stand there.
    remedy : what to do.
    """

    exit_code = EXIT_BAD_INPUT

    def __init__(self, place: str, *, found: str, expected: str, remedy: str) -> None:
        self.place = place
        self.found = found
        self.expected = expected
        self.remedy = remedy
        super().__init__(f"{place}: found {found}, expected {expected}; {remedy}.")


class MeasurementError(CapplanError):
    """The generator or the environment makes the measurement worthless; the text says what and what to do."""

    exit_code = EXIT_INVALID_MEASUREMENT


class TargetError(CapplanError):
    """The target does not answer; the text says how it was asked."""

    exit_code = EXIT_TARGET_UNAVAILABLE


class AuthorityError(CapplanError):
    """Load would go where nobody allowed it; the text says how to allow it."""

    exit_code = EXIT_NOT_AUTHORIZED


class NoSolutionError(CapplanError):
    """A solver could not answer; the text says which network and why."""

    exit_code = EXIT_NO_SOLUTION


class UnstableError(NoSolutionError):
    """A network has no steady state, whichever method is asked; the text says what piles up."""
