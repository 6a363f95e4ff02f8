"""`python -m config`: the `ocop` command where its script is not on the path."""

from config.cli import main

raise SystemExit(main())
