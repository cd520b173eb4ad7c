"""The programs, as `python3 -m galileo.cli.NAME`."""
