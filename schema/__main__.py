"""`python -m schema` prints the schema; `schema/schema.graphql` is its committed form."""

import sys

from schema.build import printed_schema

sys.stdout.write(printed_schema())
