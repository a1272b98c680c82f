"""The other web services that the bot reads or posts to."""
