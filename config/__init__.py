"""What every process reads first: settings, logging, exit codes, the command dispatcher."""
