"""absence: that something cannot be read, and why."""


class AbsentError(Exception):
    """A statistic, or everything one way of watching would tell, cannot be read; the text is the reason."""


def reason(error: BaseException) -> str:
    """Return an error as the reason of an absence."""
    if isinstance(error, OSError) and error.strerror:
        where = f": {error.filename}" if error.filename else ""
        return f"{error.strerror.lower()}{where}"
    if isinstance(error, KeyError):
        field = error.args[0]
        return f"the kernel does not say {field.decode() if isinstance(field, bytes) else field}"
    return str(error) or type(error).__name__
