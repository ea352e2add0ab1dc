"""`python -m schema` prints the schema; `schema/schema.graphql` is its committed form."""

import sys

from schema.build import build_schema

sys.stdout.write(build_schema().as_str().rstrip() + "\n")
