"""`python -m citiverse` is the same as `citiverse`."""

import sys

from citiverse.cli import main

sys.exit(main())
