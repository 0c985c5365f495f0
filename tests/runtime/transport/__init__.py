"""Tests of the cluster's transport."""
