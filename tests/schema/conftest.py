"""The library's own tests are run by one of ours, under the library's settings."""

collect_ignore = ["graphql_core"]
