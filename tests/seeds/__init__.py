"""Tests of the seeds: the region data is whole, ordered and rightly read."""
