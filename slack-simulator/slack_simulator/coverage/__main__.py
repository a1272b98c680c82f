"""python -m slack_simulator.coverage: print COVERAGE.md."""

import sys

from slack_simulator.coverage import document

if __name__ == "__main__":
    sys.stdout.write(document())
