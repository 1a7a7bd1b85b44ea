"""schema: the JSON Schema of a profile."""

from capplan.cli.options import Output
from capplan.cli.telling import show, write


def schema(*, output: Output = None) -> None:
    """Print the JSON Schema of a service profile."""
    from capplan.profile_schema import schema_text

    if output is None:
        show(schema_text())
    else:
        write(output, schema_text())
