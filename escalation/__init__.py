"""Middle floor: who must act, by when, and who is next."""
