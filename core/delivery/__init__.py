"""Delivery: what is to be sent, to whom, when again, and the sending itself. What a message says is others' word."""
