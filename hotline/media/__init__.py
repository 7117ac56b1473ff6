"""Attachments as bytes: fetched by rules, looked into, stored sealed, handed out with custody."""
