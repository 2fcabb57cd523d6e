"""`python -m citiverse` is the same as `citiverse`."""

import sys

from citiverse.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
