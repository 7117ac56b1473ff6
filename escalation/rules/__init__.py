"""Pure rules of the middle floor: plain values in, a decision out; no session, clock or settings."""
