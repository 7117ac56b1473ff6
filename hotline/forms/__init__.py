"""The regulation's forms as PDF, filled from a case (docs/decisions/0026)."""
