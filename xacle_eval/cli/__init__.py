"""The command line: arguments to one call, one report, one exit code; a file for each command."""
