"""The worker: drives the clocks and talks to the outside. Any number of them may run."""
