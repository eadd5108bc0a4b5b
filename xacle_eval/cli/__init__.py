"""The command line: arguments to one call, one report, one exit code; one file per command."""
