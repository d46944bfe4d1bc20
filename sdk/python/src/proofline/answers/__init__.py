"""Types of answers, by what they are about; every one is an Answer: its fields are attributes and keys."""
