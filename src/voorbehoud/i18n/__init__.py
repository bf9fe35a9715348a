"""Dutch and English words for people; the code itself speaks English."""
