"""Read the feed of a show that was published elsewhere: download, XML, notes."""
