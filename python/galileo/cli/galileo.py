"""`python3 -m galileo.cli.galileo app ls`: the command of the original, which is the program `galileo`."""

from galileo.cli.program import main

if __name__ == "__main__":
    main()
