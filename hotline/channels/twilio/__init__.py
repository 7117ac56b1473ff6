"""The one door to Twilio."""
