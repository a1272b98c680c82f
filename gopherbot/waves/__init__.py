"""Notices that the same text or link goes through many channels, without keeping either. Pure.

A message becomes a `Fingerprint`: keyed digests that tell whether two texts resemble each other,
and nothing else about them. `detection` compares those of the last minutes.
"""
