"""The channels: how words leave us and reach us."""
