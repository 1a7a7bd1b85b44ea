"""profile_schema: the JSON Schema of a profile, generated from its definition, for editors and other programs."""

import json

from capplan.profile import ServiceProfile


def schema_text() -> str:
    """Return the schema as text."""
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **ServiceProfile.model_json_schema()}
    schema["title"] = "capplan service profile"
    return json.dumps(schema, indent=1, ensure_ascii=False) + "\n"
