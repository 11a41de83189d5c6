import unittest

from tally import tally


class TallyTest(unittest.TestCase):
    def test_counts(self):
        self.assertEqual(tally(["a", "b", "a"]), {"a": 2, "b": 1})

    def test_empty(self):
        self.assertEqual(tally([]), {})
