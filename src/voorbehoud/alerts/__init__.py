"""Messages on their way to people: by mail, webhook and feed.  What they say is made elsewhere; here they are sent, or not."""
