"""What nobody would do by accident: thousands of altered archives and every system call failing in turn, counted and printed."""
