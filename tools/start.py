"""Entry of the launcher; run by tools/dev with whatever Python the machine has."""

import sys

from launcher.main import main

sys.exit(main(sys.argv[1:]))
