"""Pure rules: plain values in, a decision out; no session, clock or settings."""
