"""One result, several voices: text, JSON, HTML."""
