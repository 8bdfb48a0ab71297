"""The local launcher: environment, services and processes of one checkout. Standard library only."""
