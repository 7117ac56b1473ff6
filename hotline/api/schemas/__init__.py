"""The wire format, one noun a file. Only here and in the resources is marshmallow known."""
