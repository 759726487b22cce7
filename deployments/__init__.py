"""Where it runs: command line, images and hosting values."""
