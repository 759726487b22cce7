"""Reading windows of files and databases in bounded memory."""
