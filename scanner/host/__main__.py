"""`python -m scanner.host`: the scanner process."""

import sys

from scanner.host.process import main

sys.exit(main())
