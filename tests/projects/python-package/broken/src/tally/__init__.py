"""Counts what is said."""


def tally(words):
    return {word: 1 for word in words}
