"""Tests for graphql.execution"""
