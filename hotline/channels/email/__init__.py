"""E-mail to duty contacts, over one SMTP server."""
