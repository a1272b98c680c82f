"""Slack's protocol: markup, events and signatures, which are pure"""
