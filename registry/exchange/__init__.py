"""Issues and findings of other programs as rows that feeds read."""
