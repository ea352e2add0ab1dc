"""Tests, in the layers of the code they hold to."""
