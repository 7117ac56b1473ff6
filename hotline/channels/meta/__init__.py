"""WhatsApp without a middleman: Meta's Cloud API (developers.facebook.com, read November 2026)."""
