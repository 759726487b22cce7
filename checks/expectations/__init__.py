"""Great Expectations suites as code and their runner: the one impure folder of the checks."""
