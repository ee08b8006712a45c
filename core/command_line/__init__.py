"""The command line: its words, and a module for each group of commands."""
