"""Tests of the cluster's data."""
