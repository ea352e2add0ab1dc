"""Test utilities"""

from .assert_equal_awaitables_or_values import assert_equal_awaitables_or_values
from .assert_matching_values import assert_matching_values
from .dedent import dedent
from .gen_fuzz_strings import gen_fuzz_strings
from .viral_schema import viral_schema
from .viral_sdl import viral_sdl

__all__ = [
    "assert_equal_awaitables_or_values",
    "assert_matching_values",
    "dedent",
    "gen_fuzz_strings",
    "viral_schema",
    "viral_sdl",
]
